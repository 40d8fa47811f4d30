import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';

import { createLineSplitter } from '@verve/contract';
import { createMasker, type LineMasker } from '@verve/contract/masking';

// node --conditions=source worker/src/bench/over-masking.ts <file of a log>…
// Tells how many lines of real logs are masked, which ones, and how fast.

const shown = 20;
const secretCount = 100;

interface Measured {
  lines: number;
  bytes: number;
  masked: string[];
  ms: number;
}

const measured: Measured = { lines: 0, bytes: 0, masked: [], ms: 0 };
const secrets = Array.from({ length: secretCount }, () => randomBytes(24).toString('base64url'));
const masker = createMasker(secrets);

for (const path of process.argv.slice(2)) await measureFile(path);
const { lines, bytes, masked, ms } = measured;
const perTenThousand = (masked.length / lines) * 10_000;
tell(masked.slice(0, shown).join('\n'));
tell(
  `${lines} lines, ${masked.length} masked: ${perTenThousand.toFixed(2)} of 10,000; ` +
    `${(bytes / 1e6 / (ms / 1e3)).toFixed(0)} MB/s with ${secretCount} secrets`,
);

async function measureFile(path: string): Promise<void> {
  const stream = masker.lines(0);
  const splitter = createLineSplitter();
  for await (const piece of createReadStream(path)) {
    if (!Buffer.isBuffer(piece)) continue;
    measured.bytes += piece.length;
    measureLines(stream, splitter.push(piece));
  }
  measureLines(stream, splitter.end());
}

function measureLines(stream: LineMasker, found: readonly string[]): void {
  const begunMs = performance.now();
  const after = found.map(stream.mask);
  measured.ms += performance.now() - begunMs;
  measured.lines += found.length;
  measured.masked.push(...after.filter((line, index) => line !== found[index]));
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
