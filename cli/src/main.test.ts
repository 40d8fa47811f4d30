import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { sendEvents, startFakeServer } from './testing/fake-server.ts';
import { chunkEvent, sampleChunk, taskId } from './testing/samples.ts';

const main = join(import.meta.dirname, 'main.ts');

/** Runs the executable as a shell would, and closes its stdout after the first piece, or not. */
async function run(
  args: readonly string[],
  url: string,
  first: 'read all' | 'break the pipe' | 'interrupt',
): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env['PATH'], VERVE_URL: url, VERVE_KEY: 'verve_test' };
  const child = spawn(main, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  if (first !== 'read all') {
    await once(child.stdout, 'data');
    if (first === 'interrupt') child.kill('SIGINT');
    else child.stdout.destroy();
  }
  const [code] = await once(child, 'close');
  return { code: Number(code), out, err };
}

const logs = `GET /tasks/${taskId}/logs`;

test('the executable says its version', async () => {
  expect(await run(['--version'], 'http://127.0.0.1:9', 'read all')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
  });
});

test('a reader that has seen enough is no failure and no noise', async () => {
  let pages = 0;
  const chunk = sampleChunk(
    1,
    Array.from({ length: 1_000 }, (_, index) => `line ${index}`),
  );
  await using server = await startFakeServer({
    // An endless log: each page has a next one.
    [logs]: () => ({ chunks: [chunk], next: `1.${(pages += 1)}`, isComplete: false }),
  });

  const { code, err } = await run(['task', 'logs', taskId], server.url, 'break the pipe');

  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('Ctrl-C ends following with 130', async () => {
  await using server = await startFakeServer({
    [logs]: (_, response) => sendEvents(response, [chunkEvent(sampleChunk(1, ['one']))], 'open'),
  });

  const { code, out, err } = await run(['task', 'logs', '-f', taskId], server.url, 'interrupt');

  expect({ code, out, err }).toEqual({ code: 130, out: 'one\n', err: '' });
});
