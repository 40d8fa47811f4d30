import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createTestContainer, until, type TestContainer } from '../testing/container.ts';
import { isRunning } from '../testing/process-look.ts';

/** Runs a script and stops it once it has printed `ready`. */
async function stopped(container: TestContainer, script: string): Promise<number> {
  const stop = new AbortController();
  const ended = container.run('agent', `${script}; echo ready; while :; do sleep 0.02; done`, {
    signal: stop.signal,
  });
  await until(() => container.lines().includes('o ready'));
  stop.abort();
  return ended;
}

test.each([
  { signal: 'SIGINT', script: `trap 'echo int; exit 7' INT`, exit: { code: 7 }, lines: ['o int'] },
  {
    signal: 'SIGTERM, when it does not end on SIGINT',
    script: `trap 'echo int' INT; trap 'echo term; exit 8' TERM`,
    exit: { code: 8 },
    lines: ['o int', 'o term'],
  },
  {
    signal: 'SIGKILL, when nothing else ends it',
    script: `trap 'echo int' INT; trap 'echo term' TERM`,
    exit: { signal: 'SIGKILL' },
    lines: ['o int', 'o term'],
  },
])('a program that is stopped gets $signal', async ({ script, exit, lines }) => {
  using container = createTestContainer();

  const code = await stopped(container, script);

  expect(code).toBe(1);
  expect(container.end()).toEqual({ exit, stopped: true });
  const printed = container.lines().filter((line) => line.startsWith('o '));
  expect(printed).toEqual(['o ready', ...lines]);
});

test('every process of its group gets the signal', async () => {
  using container = createTestContainer();
  // A shell lets what it starts in the background ignore SIGINT.
  const child = `sh -c 'trap "echo child; exit" TERM; touch "$FOLDER/up"; while :; do sleep 0.02; done' &`;
  const untilUp = `while [ ! -e "$FOLDER/up" ]; do sleep 0.02; done`;

  await stopped(container, `trap '' INT; ${child} ${untilUp}; trap 'wait; exit 6' TERM`);

  expect(container.end()).toEqual({ exit: { code: 6 }, stopped: true });
  expect(container.lines()).toContain('o child');
});

test('what a program leaves in its group is killed', async () => {
  using container = createTestContainer();

  await container.run('agent', `(trap '' INT TERM; sleep 1000; :) & echo $!`);

  const pid = Number(container.lines()[0]?.slice(2));
  await until(() => !isRunning(pid));
  expect(container.end()).toEqual({ exit: { code: 0 } });
});

test('whoever got away with the output is not waited for, and what it printed by then is kept', async () => {
  using container = createTestContainer();

  await container.run('agent', `setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.3; printf half`);

  const pid = Number(container.lines()[0]?.slice(2));
  expect(isRunning(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
  expect(container.lines()[1]).toBe('o half');
});

test.each([
  ['is not there', ['/no/such/program'], 'ENOENT'],
  ['cannot be run', [import.meta.filename], 'EACCES'],
  ['gets arguments that nobody can take', ['sh', 'x'.repeat(200_000)], 'E2BIG'],
])('a program that %s is told as the end', async (_, command, words) => {
  using container = createTestContainer();
  const { startGroup } = await import('./group-program.ts');

  const program = startGroup(command, { PATH: process.env['PATH'], FOLDER: join(container.folder) });
  program.signal('SIGKILL');

  expect(await program.exit).toEqual({ error: expect.stringContaining(words) });
  expect(program.gone.aborted).toBe(true);
});
