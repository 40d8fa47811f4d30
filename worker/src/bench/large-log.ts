import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { createClient, newId } from '@verve/contract';

import type { Executor, RunLine } from '../executor.ts';
import { createRunLogs } from '../logs/run-logs.ts';
import { noMeters } from '../meters.ts';
import { silent, temporaryFolder } from '../testing/run.ts';

// node --expose-gc --conditions=source worker/src/bench/large-log.ts <lines> [away]
// Ships a log of so many lines to a server that forgets them, and prints what that took as JSON. With `away` the server
// answers only once the whole log is on the disk.

const batchLines = 2_500;
const bytesPerMiB = 1024 * 1024;
const [, , lineCount, mode] = process.argv;
const count = Number(lineCount);
const isAway = mode === 'away';

let given = 0;
let received = 0;
let peakBytes = 0;

/** What is in use once the garbage is gone. */
function measure(): void {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  peakBytes = Math.max(peakBytes, heapUsed + external);
}

async function* follow(
  _ref: unknown,
  cursor: string | undefined,
): ReturnType<Executor['follow']> & AsyncGenerator {
  for (given = Number(cursor ?? 0); given < count; given += batchLines) {
    yield Array.from({ length: Math.min(batchLines, count - given) }, (_, n) => lineOf(given + n + 1));
    if (isAway && given % 50_000 === 0) measure();
  }
}

function lineOf(number: number): RunLine {
  const text = `line ${number} ${'of a build that tells what it does '.repeat(2)}`;
  return { atMs: number, stream: 'o', phase: 'agent', text, cursor: String(number) };
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  request.on('end', () => {
    const isPosition = request.url?.endsWith('/position') === true;
    if (!isPosition && isAway && given < count) {
      response.writeHead(503, { 'retry-after': '0' }).end();
      return;
    }
    if (!isPosition) take(JSON.parse(text));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(isPosition ? '{"lastSeq":0}' : '{}');
  });
});

function take(chunk: { readonly lines: readonly string[] }): void {
  const before = received;
  received += chunk.lines.length;
  if (Math.floor(before / 10_000) < Math.floor(received / 10_000)) measure();
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
await using folder = temporaryFolder();
const { port } = server.address() as AddressInfo;
const logs = createRunLogs({
  client: createClient({ baseUrl: `http://127.0.0.1:${port}`, key: 'k', fetch }),
  executor: { follow },
  folder: folder.path,
  secrets: { current: async () => ['the-secret-of-the-worker'] },
  meters: noMeters,
  logger: silent,
});
const begunMs = performance.now();
await logs.ship({ taskId: newId('task'), attempt: 1, logLevel: 'full' }, AbortSignal.timeout(10 * 60_000));
const seconds = (performance.now() - begunMs) / 1_000;
server.close();
server.closeAllConnections();
await wait(0);
process.stdout.write(
  `${JSON.stringify({
    lines: received,
    peakMiB: Math.round((peakBytes / bytesPerMiB) * 10) / 10,
    residentMiB: Math.round(process.memoryUsage.rss() / bytesPerMiB),
    linesPerSecond: Math.round(received / seconds),
  })}\n`,
);
