import { execFileSync } from 'node:child_process';
import { closeSync, constants, createReadStream, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, test } from 'vitest';

import { createTestContainer } from '../testing/container.ts';
import { createLineStream } from './line-stream.ts';

const bothWays = constants.O_RDWR;

/** Opens both ends of a pipe: `fd` to write, and a function that reads all that comes until `fd` is closed. */
function openPipe(folder: string, flags: number): { fd: number; readAll: () => Promise<string> } {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const keeper = openSync(path, bothWays);
  const fd = openSync(path, constants.O_WRONLY | flags);
  const reader = openSync(path, constants.O_RDONLY);
  closeSync(keeper);
  return { fd, readAll: async () => text(createReadStream(path, { fd: reader })) };
}

test.each([
  ['waits', 0],
  ['takes what it has room for', constants.O_NONBLOCK],
])('a pipe that %s when it is full gets everything whole and in order', async (_, flags) => {
  using container = createTestContainer();
  const { fd, readAll } = openPipe(container.folder, flags);
  const stream = createLineStream(fd);
  const long = 'x'.repeat(300_000);

  const written = [
    stream.write('o', [long, 'second']),
    stream.write('e', [long]),
    stream.tell(() => ({ tick: 1, state: 'waiting' })),
    stream.write('o', ['last']),
  ];
  const read = readAll();
  await stream.drained();
  await Promise.all(written);
  closeSync(fd);

  const lines = [`o ${long}`, 'o second', `e ${long}`, 'c {"tick":1,"state":"waiting"}', 'o last'];
  expect((await read) === `${lines.join('\n')}\n`).toBe(true);
});

test('what is told is asked for as its writing begins', async () => {
  using container = createTestContainer();
  const { fd, readAll } = openPipe(container.folder, 0);
  const stream = createLineStream(fd);
  let isAsked = false;

  const first = stream.write('o', ['x'.repeat(300_000)]);
  const second = stream.tell(() => {
    isAsked = true;
    return { tick: 1, state: 'waiting' };
  });
  // Nobody reads, so the first cannot be out yet.
  await new Promise(setImmediate);
  const wasAsked = isAsked;
  const read = readAll();
  await first;
  await second;
  closeSync(fd);
  await read;

  expect(wasAsked).toBe(false);
  expect(isAsked).toBe(true);
});

test('a reader that is gone fails nobody', async () => {
  using container = createTestContainer();
  const path = join(container.folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, bothWays);
  const fd = openSync(path, constants.O_WRONLY);
  closeSync(reader);
  const stream = createLineStream(fd);

  await stream.write('o', ['one']);
  await stream.write('o', ['two']);
  closeSync(fd);

  await expect(stream.drained()).resolves.toBeUndefined();
});
