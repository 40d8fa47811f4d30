#!/usr/bin/env -S node --conditions=source
import { once } from 'node:events';
import type { WriteStream } from 'node:tty';

import type { Screen } from './terminal.ts';

const oldestNode = 24;

if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  process.stderr.write(
    `verve: this is Node ${process.versions.node}, Verve needs ${oldestNode} or newer; in the repository "npx verve" brings its own.\n`,
  );
  process.exit(2);
}

// Only now: older versions of Node cannot load the rest.
const { runProgram } = await import('./program.ts');

const interrupt = new AbortController();
process.on('SIGINT', () => {
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort(new Error('interrupted'));
});
for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnBrokenPipe);

process.exitCode = await runProgram({
  args: process.argv.slice(2),
  env: process.env,
  stdin: process.stdin,
  stdout: screenOf(process.stdout),
  stderr: screenOf(process.stderr),
  fetch,
  now: Date.now,
  retryTimes: { firstMs: 250, longestMs: 5_000, giveUpMs: 600_000 },
  signal: interrupt.signal,
});

/** The reader has seen enough (`| head`): that is no failure. */
function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? 0 : 70);
}

function screenOf(stream: WriteStream): Screen {
  return {
    isTty: stream.isTTY,
    columns: stream.columns || 80,
    write: async (text) => {
      if (!stream.write(text)) await once(stream, 'drain');
    },
  };
}
