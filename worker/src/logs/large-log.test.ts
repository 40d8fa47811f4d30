import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';
import { z } from 'zod';

const bench = fileURLToPath(new URL('../bench/large-log.ts', import.meta.url));
const printed = z.object({ lines: z.number(), peakMiB: z.number() });

async function shipLines(count: number, ...mode: string[]): Promise<z.infer<typeof printed>> {
  const argv = ['--expose-gc', '--conditions=source', bench, String(count), ...mode];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return printed.parse(JSON.parse(stdout));
}

test.each([['while the server takes it'], ['while the server is away', 'away']])(
  'a log ten times as long needs no more memory, %s',
  async (_, ...mode) => {
    const short = await shipLines(20_000, ...mode);
    const long = await shipLines(200_000, ...mode);

    expect([short.lines, long.lines]).toEqual([20_000, 200_000]);
    expect(long.peakMiB / short.peakMiB).toBeLessThan(1.4);
  },
);
