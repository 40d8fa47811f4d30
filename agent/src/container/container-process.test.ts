import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { createTestContainer } from '../testing/container.ts';

// The real program in a process of its own, as a container starts it.

const succeed = `echo '{"status":"completed"}' > "$VERVE_OUT/outcome.json"`;

/** Reads all that it writes, with a pause after each piece; resolves once it has ended. */
async function readSlowly(child: ChildProcess, pauseMs: number): Promise<{ text: string; code: unknown }> {
  const ended = once(child, 'exit');
  let text = '';
  for await (const piece of child.stdout ?? []) {
    text += String(piece);
    await wait(pauseMs);
  }
  return { text, code: (await ended)[0] };
}

test('a slow reader gets every line in its order', async () => {
  using container = createTestContainer();

  const { text, code } = await readSlowly(
    container.start('checkout', 'sh', '-c', `seq 100000; ${succeed}`),
    5,
  );

  expect(code).toBe(0);
  expect(text).toBe(Array.from({ length: 100_000 }, (_, at) => `o ${at + 1}\n`).join(''));
});

test('without another program it runs itself', async () => {
  using container = createTestContainer();

  const { text, code } = await readSlowly(container.start('checkout'), 0);

  expect(code).toBe(1);
  expect(text).toContain('e Error: VERVE_TASK_FILE is not set\n');
  expect(container.end()).toEqual({ exit: { code: 1 } });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s to it is SIGINT to the program', async (signal) => {
  using container = createTestContainer();
  const child = container.start(
    'agent',
    'sh',
    '-c',
    `trap 'echo int; exit 5' INT; echo ready; while :; do sleep 0.02; done`,
  );

  child.stdout?.once('data', () => child.kill(signal));
  const { text, code } = await readSlowly(child, 0);

  expect(code).toBe(1);
  expect(text).toBe('o ready\no int\n');
  expect(container.end()).toEqual({ exit: { code: 5 }, stopped: true });
});

test('publish is let go through the file', async () => {
  using container = createTestContainer();
  container.leave('{"status":"completed"}');
  const child = container.start('publish', 'sh', '-c', succeed);

  child.stdout?.once('data', () => writeFileSync(container.permitFile, '{"tick":1,"forMs":60000}'));
  const { text, code } = await readSlowly(child, 0);

  expect(code).toBe(0);
  expect(text).toBe('c {"tick":1,"state":"waiting"}\nc {"tick":2,"state":"running"}\n');
});

test('a reader that is gone does not end the phase', async () => {
  using container = createTestContainer();
  const child = container.start('checkout', 'sh', '-c', `seq 100000; ${succeed}`);
  const ended = once(child, 'exit');

  child.stdout?.destroy();

  expect((await ended)[0]).toBe(0);
  expect(container.end()).toMatchObject({ outcome: { status: 'completed' } });
});

test.each([[['nonsense']], [[]]])('without a phase it says how it is used: %j', async (args) => {
  using container = createTestContainer();

  const [code] = (await once(container.start(...args), 'exit')) as [number];

  expect(code).toBe(2);
});
