import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { Executor } from './executor.ts';
import { noMeters, type Meters } from './meters.ts';
import { startFakeServer, taskOf, type FakeServer } from './testing/fake-server.ts';
import { temporaryFolder } from './testing/run.ts';
import { startWorker } from './testing/worker.ts';
import type { WorkerParts } from './worker.ts';

// Trouble on the worker's side: an executor that fails, a server that wants an outcome no more.

const patience = { timeout: 60_000, interval: 20 };
const repository = 'file:///x.git';

vi.setConfig({ testTimeout: 120_000 });

type ToRun = 'start' | 'stop' | 'remove' | 'permit';

/** An engine that fails the first so many calls of one kind. */
function failing(executor: Executor, call: ToRun, times: number): Executor {
  let left = times;
  const failOrDo = async (argument: never, second: never): Promise<void> => {
    if (left-- > 0) throw new Error(`the engine is away (${call})`);
    return executor[call](argument, second);
  };
  return { ...executor, [call]: failOrDo };
}

/** Counts how attempts end. */
function counting(counts: string[]): Meters {
  return {
    ...noMeters,
    attemptEnded: (_attempt, { reason }) => counts.push(`ended ${reason}`),
    attemptLost: () => counts.push('lost'),
  };
}

interface Trouble {
  readonly scripts?: Record<string, string>;
  readonly server: FakeServer;
  readonly folder: string;
  readonly engine?: (executor: Executor) => Executor;
  /** Gets how each attempt ends. */
  readonly counts?: string[];
}

/** Starts a worker with one task to do. */
async function startTroubled(trouble: Trouble): Promise<AsyncDisposable> {
  const { scripts = {}, server, folder, engine = (executor) => executor, counts = [] } = trouble;
  server.offer(taskOf({ repository, description: JSON.stringify(scripts) }));
  const wrap = (parts: WorkerParts): WorkerParts => ({
    ...parts,
    executor: engine(parts.executor),
    meters: counting(counts),
  });
  return startWorker({ folder, url: server.url, repository, isScripted: true, wrap });
}

async function untilForgotten(folder: string): Promise<void> {
  const isEmpty = (name: string): boolean => readdirSync(join(folder, name)).length === 0;
  await vi.waitFor(() => expect([isEmpty('journal'), isEmpty('runs')]).toEqual([true, true]), patience);
}

test.each(['start', 'stop', 'permit'] as const)(
  'an engine that is away at %s delays a task and changes nothing',
  async (call) => {
    await using folder = temporaryFolder();
    await using server = await startFakeServer();
    const counts: string[] = [];
    await using _worker = await startTroubled({
      scripts: { agent: 'seq 1 500', publish: 'seq 501 1000' },
      server,
      folder: folder.path,
      engine: (executor) => failing(executor, call, 3),
      counts,
    });

    await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
    await untilForgotten(folder.path);

    expect(server.outcomes).toMatchObject([{ status: 'completed', reason: 'BranchPushed' }]);
    expect(counts).toEqual(['ended BranchPushed']);
    expect(server.lines).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n + 1)));
  },
);

test('a run that cannot be removed ends all the same, and the next worker removes it', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const runs = join(folder.path, 'runs');
  {
    await using _first = await startTroubled({
      server,
      folder: folder.path,
      engine: (executor) => failing(executor, 'remove', Infinity),
    });
    await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
    await vi.waitFor(() => expect(readdirSync(join(folder.path, 'journal'))).toEqual([]), patience);
    expect(readdirSync(runs)).toHaveLength(1);
  }

  await using _second = await startWorker({ folder: folder.path, url: server.url, repository });

  await vi.waitFor(() => expect(readdirSync(runs)).toEqual([]), patience);
  expect(server.outcomes).toMatchObject([{ status: 'completed', reason: 'BranchPushed' }]);
});

test('a stop that fails is tried until the run is stopped', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  await using _worker = await startTroubled({
    scripts: { agent: 'echo here; sleep 1000' },
    server,
    folder: folder.path,
    engine: (executor) => failing(executor, 'stop', 3),
  });
  await vi.waitFor(() => expect(server.lines).toContain('here'), patience);

  server.verdict = 'canceled';

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
  expect(server.outcomes[0]).toMatchObject({ status: 'canceled', reason: 'Canceled' });
  await untilForgotten(folder.path);
});

test('an attempt in lasting trouble is stopped first, and then given back', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const published = join(folder.path, 'published');
  const aliveWhenTold: boolean[] = [];
  await using _worker = await startTroubled({
    scripts: { publish: `touch ${published}` },
    server,
    folder: folder.path,
    engine: (executor) => failing(executor, 'permit', Infinity),
  });

  await vi.waitFor(() => {
    if (server.outcomes.length > 0) aliveWhenTold.push(existsSync(published));
    expect(server.outcomes).toHaveLength(1);
  }, patience);
  await untilForgotten(folder.path);

  expect(server.outcomes).toMatchObject([{ status: 'failed', reason: 'Disrupted' }]);
  expect(aliveWhenTold).toEqual([false]);
});

test('an attempt whose run cannot even be stopped is given back once, and its run removed when it can be', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const counts: string[] = [];
  await using _worker = await startTroubled({
    server,
    folder: folder.path,
    engine: (executor) => failing(failing(executor, 'start', Infinity), 'stop', 200),
    counts,
  });

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
  await untilForgotten(folder.path);

  expect(server.outcomes).toMatchObject([{ status: 'failed', reason: 'Disrupted' }]);
  expect(counts).toEqual(['ended Disrupted']);
});

test('an outcome that the server wants no more counts as a loss', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.supersedes = true;
  const counts: string[] = [];
  await using _worker = await startTroubled({
    server,
    folder: folder.path,
    counts,
  });

  await vi.waitFor(() => expect(counts).not.toEqual([]), patience);
  await untilForgotten(folder.path);

  expect(counts).toEqual(['lost']);
});

test('an attempt that is named lost while its outcome is on its way has ended all the same', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.takesOutcomes = false;
  const counts: string[] = [];
  await using _worker = await startTroubled({
    scripts: { publish: 'echo done' },
    server,
    folder: folder.path,
    counts,
  });
  await vi.waitFor(() => expect(server.refusedOutcomes).toBeGreaterThan(0), patience);

  server.verdict = 'lost';
  server.named.clear();
  await vi.waitFor(() => expect(server.named.size).toBe(1), patience);
  server.takesOutcomes = true;

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
  await untilForgotten(folder.path);
  expect(counts).toEqual(['ended BranchPushed']);
});
