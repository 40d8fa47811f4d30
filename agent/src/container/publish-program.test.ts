import { execFileSync } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { formatContainerPermit, type ContainerTold } from '@verve/contract/container';
import { expect, test } from 'vitest';

import { createTestContainer, until, type TestContainer } from '../testing/container.ts';
import { isRunning } from '../testing/process-look.ts';

const completed = '{"status":"completed"}';
const succeed = `echo '${completed}' > "$VERVE_OUT/outcome.json"`;

type Tick = Extract<ContainerTold, { tick: number }>;

/** A container whose agent left something to publish. */
function readyContainer(): TestContainer {
  const container = createTestContainer();
  container.leave(completed);
  return container;
}

function ticksOf(container: TestContainer): readonly Tick[] {
  return container.told().filter((told) => 'tick' in told);
}

function lastTick(container: TestContainer): number {
  return ticksOf(container).at(-1)?.tick ?? 0;
}

function permit(container: TestContainer, tick: number, forMs: number): void {
  const temporary = `${container.permitFile}.new`;
  writeFileSync(temporary, formatContainerPermit({ tick, forMs }));
  renameSync(temporary, container.permitFile);
}

function hasBegun(container: TestContainer): boolean {
  return ticksOf(container).some(({ state }) => state === 'running');
}

/** Permits again until it runs: a busy machine may take all of a short permit. */
async function permitUntilRunning(container: TestContainer, forMs: number): Promise<void> {
  await until(() => {
    if (lastTick(container) > 0) permit(container, lastTick(container), forMs);
    return hasBegun(container);
  });
}

test('publish waits for its permit, and then has the time that is left of it', async () => {
  using container = readyContainer();

  const ended = container.run('publish', `echo "$VERVE_PUBLISH_SECONDS"; ${succeed}`);
  await until(() => lastTick(container) >= 10);
  const linesBefore = container.lines();
  permit(container, 1, 60_000);

  expect(await ended).toBe(0);
  expect(linesBefore.every((line) => line.startsWith('c '))).toBe(true);
  // Nine ticks came after the first, each at least 50 ms later; the clock has steps of 10 ms.
  const seconds = Number(
    container
      .lines()
      .find((line) => line.startsWith('o '))
      ?.slice(2),
  );
  expect(seconds).toBeLessThan(60 - 0.43);
  expect(seconds).toBeGreaterThan(0);
  expect(container.end()).toEqual({ outcome: { status: 'completed' }, exit: { code: 0 } });
});

test('ticks count from one and say whether the program runs', async () => {
  using container = readyContainer();

  const ended = container.run('publish', `while [ ! -e "$FOLDER/go" ]; do sleep 0.02; done; ${succeed}`);
  await until(() => lastTick(container) >= 3);
  permit(container, 1, 60_000);
  await until(() => ticksOf(container).filter(({ state }) => state === 'running').length >= 3);
  writeFileSync(join(container.folder, 'go'), '');
  await ended;

  const ticks = ticksOf(container);
  expect(ticks.map(({ tick }) => tick)).toEqual(ticks.map((_, at) => at + 1));
  const states = ticks.map(({ state }) => state);
  expect(states).toEqual(states.toSorted().reverse());
});

test('a permit behind a link that is replaced is found', async () => {
  using container = readyContainer();
  const at = (name: string): string => join(container.folder, name);
  writeFileSync(at('empty'), '');
  writeFileSync(at('full'), formatContainerPermit({ tick: 1, forMs: 60_000 }));
  symlinkSync('empty', container.permitFile);

  const ended = container.run('publish', succeed);
  await until(() => lastTick(container) >= 2);
  symlinkSync('full', at('next'));
  renameSync(at('next'), container.permitFile);

  expect(await ended).toBe(0);
});

test('a permit that comes after its end, and one for a tick that was never told, start nothing', async () => {
  using container = readyContainer();

  const ended = container.run('publish', succeed);
  await until(() => lastTick(container) >= 4);
  // Three ticks of 50 ms have passed since.
  permit(container, 1, 100);
  const late = lastTick(container);
  await until(() => lastTick(container) >= late + 4);
  const early = lastTick(container) + 6;
  permit(container, early, 60_000);
  await until(() => lastTick(container) >= early + 4);
  const wasRunning = hasBegun(container);
  permit(container, lastTick(container), 60_000);

  expect(await ended).toBe(0);
  expect(wasRunning).toBe(false);
});

test('at the end of its permit publish is killed with all that it started', async () => {
  using container = readyContainer();
  const child = `(trap '' INT TERM; while :; do sleep 1; done) & echo $!`;

  const ended = container.run('publish', `trap '' INT TERM; ${child}; while :; do sleep 1; done`);
  await permitUntilRunning(container, 1_500);

  expect(await ended).toBe(1);
  expect(container.end()).toEqual({ exit: { signal: 'SIGKILL' }, overdue: true });
  const pid = Number(
    container
      .lines()
      .find((line) => line.startsWith('o '))
      ?.slice(2),
  );
  expect(pid).toBeGreaterThan(0);
  await until(() => !isRunning(pid));
});

test('a permit that was extended is looked at before publish is killed', async () => {
  using container = readyContainer();
  permit(container, 1, 1_500);

  // Between the start and the end of the first permit nobody looks.
  const ended = container.run('publish', `while [ ! -e "$FOLDER/go" ]; do sleep 0.02; done; ${succeed}`, {
    times: { permitLookMs: 60_000 },
  });
  await until(() => hasBegun(container));
  permit(container, lastTick(container), 60_000);
  // 100 ms each.
  await until(() => lastTick(container) >= 18);
  writeFileSync(join(container.folder, 'go'), '');

  expect(await ended).toBe(0);
  expect(container.end()).toEqual({ outcome: { status: 'completed' }, exit: { code: 0 } });
});

test('a permit ends in time though nobody reads the output, by which the program is slowed', async () => {
  using container = readyContainer();
  const pipe = join(container.folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const fd = openSync(pipe, 'r+');
  permit(container, 1, 2_000);

  const ended = container.run('publish', 'seq 1000000; touch "$FOLDER/done"', { fd });
  const end = await until(() => container.end());
  const reader = createReadStream(pipe);
  reader.resume();
  const code = await ended;
  reader.destroy();
  closeSync(fd);

  expect(code).toBe(1);
  expect(end).toEqual({ exit: { signal: 'SIGKILL' }, overdue: true });
  expect(existsSync(join(container.folder, 'done'))).toBe(false);
});

test.each([
  ['changed nothing', '{"status":"completed","reason":"NoChanges"}'],
  ['failed', '{"status":"failed","reason":"AgentFailed"}'],
  ['was stopped', '{"status":"canceled"}'],
  ['left nonsense', 'nonsense'],
  ['left nothing', undefined],
])('publish does not wait where the agent %s', async (_, outcome) => {
  using container = createTestContainer();
  if (outcome !== undefined) container.leave(outcome);

  const code = await container.run('publish', 'echo begun');

  expect(code).toBe(0);
  expect(container.end()).toEqual({ skipped: true });
  expect(container.lines()).toEqual([]);
});

test('an agent’s success behind a link is none', async () => {
  using container = createTestContainer();
  writeFileSync(join(container.folder, 'real'), completed);
  symlinkSync('../real', join(container.folder, 'agent/outcome.json'));

  await container.run('publish', 'echo begun');

  expect(container.end()).toEqual({ skipped: true });
});

test('told to stop while it waits, publish ends at once', async () => {
  using container = readyContainer();
  const stop = new AbortController();

  const ended = container.run('publish', succeed, { signal: stop.signal, times: { permitLookMs: 60_000 } });
  await until(() => lastTick(container) >= 1);
  stop.abort();

  expect(await ended).toBe(1);
  expect(container.end()).toEqual({ stopped: true });
});
