import { describe, expect, it, onTestFinished } from 'vitest';

import type { AttemptRecord, TaskRecord, WorkerRecord } from '../storage/records.ts';
import { StorageUnavailable, type Storage } from '../storage/storage.ts';
import { testQueue, type TestQueue } from '../testing/queue.ts';
import { testSqliteStorage } from '../testing/storage.ts';

const leaseMs = 180_000;

describe('the sweep', () => {
  it('takes an attempt back when its lease is over, and another worker gets the next one', async () => {
    const { queue, worker, task } = await claimed({ isAcknowledged: true });

    await sweepFor(queue, leaseMs + 10_000);

    expect(await stateOf(queue, task)).toMatchObject({ status: 'pending', reason: 'WorkerLost', attempt: 1 });
    expect(await attemptOf(queue, task)).toMatchObject({ status: 'lost', reason: 'WorkerLost' });
    expect((await queue.poll(worker)).claims).toEqual([`${task.id} 2`]);
  });

  it('leaves an attempt whose worker beats', async () => {
    const { queue, worker, task } = await claimed({ isAcknowledged: true });

    for (let beats = 0; beats < 4; beats += 1) {
      await sweepFor(queue, 60_000);
      await beat(queue, worker, task);
    }

    expect(await stateOf(queue, task)).toMatchObject({ status: 'running', attempt: 1 });
  });

  it('takes back a claim that nobody acknowledged after half a minute, uncounted', async () => {
    const { queue, task } = await claimed({ isAcknowledged: false });

    await sweepFor(queue, 25_000);
    expect(await stateOf(queue, task)).toMatchObject({ status: 'running' });
    await sweepFor(queue, 10_000);

    expect(await stateOf(queue, task)).toMatchObject({
      status: 'pending',
      infrastructureRetries: 0,
      attempt: 1,
    });
  });

  it.each([
    ['it stood still', () => undefined],
    ['the database was away', (away: Away) => (away.reads = true)],
    ['the database took no writes', (away: Away) => (away.writes = true)],
  ])('lets no lease expire within its own length after %s, and a late beat revives', async (_, begin) => {
    const away: Away = {};
    const { queue, worker, task } = await claimed({ isAcknowledged: true, away });
    begin(away);
    if (away.reads || away.writes) await sweepFor(queue, 10 * leaseMs);
    else queue.clock.advance(10 * leaseMs);
    away.reads = away.writes = false;

    await sweepFor(queue, leaseMs - 10_000);
    expect(await stateOf(queue, task)).toMatchObject({ status: 'running' });
    await beat(queue, worker, task);
    await sweepFor(queue, leaseMs - 10_000);

    expect(await stateOf(queue, task)).toMatchObject({ status: 'running', attempt: 1 });
  });

  it('takes back the others when something is wrong with one attempt', async () => {
    const broken: Broken = {};
    const { queue, worker, task } = await claimed({ isAcknowledged: true, broken });
    const other = await queue.addTask();
    await queue.poll(worker);
    await sweepFor(queue, 5_000);
    await beat(queue, worker, other);
    broken.taskId = task.id;

    await sweepFor(queue, leaseMs + 10_000);

    expect(await stateOf(queue, task)).toMatchObject({ status: 'running' });
    expect(await stateOf(queue, other)).toMatchObject({ status: 'pending', reason: 'WorkerLost' });
  });

  it('finds that a worker is no longer connected, but not when itself was away', async () => {
    const { queue, worker } = await claimed({ isAcknowledged: true });
    queue.clock.advance(3_600_000);

    await sweepFor(queue, 20_000);
    expect(await queue.storage.workers.find(worker.id)).toMatchObject({ isConnected: true });
    await sweepFor(queue, 20_000);

    expect(await queue.storage.workers.find(worker.id)).toMatchObject({ isConnected: false });
  });

  it('brings a task to a held poll when its time has come', async () => {
    const { queue, worker, task } = await claimed({ isAcknowledged: true });
    const notBefore = queue.clock.now() + 60_000;
    await queue.storage.tasks.change({ id: task.id }, () => ({
      task: { status: 'pending', notBefore },
      attempt: { status: 'lost' },
    }));
    const poll = queue.poll(worker, { waitMs: 30_000 });

    await sweepFor(queue, 55_000);
    expect(await stateOf(queue, task)).toMatchObject({ status: 'pending' });
    await sweepFor(queue, 10_000);

    expect((await poll).claims).toEqual([`${task.id} 2`]);
  });
});

/** What fails. */
interface Away {
  reads?: boolean;
  writes?: boolean;
}

/** The task that cannot be changed for a fault of Verve. */
interface Broken {
  taskId?: string;
}

interface Given {
  readonly isAcknowledged: boolean;
  readonly away?: Away;
  readonly broken?: Broken;
}

async function claimed({ isAcknowledged, away = {}, broken = {} }: Given): Promise<{
  queue: TestQueue;
  worker: WorkerRecord;
  task: TaskRecord;
}> {
  const test = await testSqliteStorage();
  onTestFinished(() => test[Symbol.asyncDispose]());
  const queue = await testQueue(vanishing(breaking(test.storage, broken), away));
  onTestFinished(() => queue[Symbol.asyncDispose]());
  const worker = await queue.addWorker();
  const task = await queue.addTask();
  await queue.sweep.run();
  await queue.poll(worker);
  if (isAcknowledged) await beat(queue, worker, task);
  return { queue, worker, task };
}

function breaking(storage: Storage, broken: Broken): Storage {
  const { tasks } = storage;
  const change: Storage['tasks']['change'] = async (ref, decide) => {
    if (ref.id === broken.taskId) throw new TypeError('this cannot be');
    return tasks.change(ref, decide);
  };
  return { ...storage, tasks: { ...tasks, change } };
}

/** It can be read and not written, as on a full disk, or not even read. */
function vanishing(storage: Storage, away: Away): Storage {
  const { tasks, queue } = storage;
  const unless = async <T>(isAway: boolean | undefined, work: () => Promise<T>): Promise<T> => {
    if (isAway) throw new StorageUnavailable('away');
    return work();
  };
  return {
    ...storage,
    tasks: { ...tasks, change: (...args) => unless(away.writes, () => tasks.change(...args)) },
    queue: {
      ...queue,
      noteSweep: (nowMs) => unless(away.writes, () => queue.noteSweep(nowMs)),
      expiredLeases: (query) => unless(away.reads, () => queue.expiredLeases(query)),
    },
  };
}

/** Sweeps as often as a server does while so much time goes by. */
async function sweepFor(queue: TestQueue, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    queue.clock.advance(5_000);
    await queue.sweep.run();
  }
}

async function beat(
  { storage, project, clock }: TestQueue,
  worker: WorkerRecord,
  task: TaskRecord,
): Promise<void> {
  await storage.queue.renewLeases({
    projectId: project.id,
    workerId: worker.id,
    running: [{ taskId: task.id, attempt: 1 }],
    nowMs: clock.now(),
    leaseUntilMs: clock.now() + leaseMs,
  });
}

async function stateOf({ storage }: TestQueue, task: TaskRecord): Promise<TaskRecord | undefined> {
  return storage.tasks.find({ id: task.id });
}

async function attemptOf({ storage }: TestQueue, task: TaskRecord): Promise<AttemptRecord | undefined> {
  return (await storage.tasks.attempts(task.id))[0];
}
