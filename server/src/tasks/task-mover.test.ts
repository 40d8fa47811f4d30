import { describe, expect, it, onTestFinished } from 'vitest';

import { noMeters, type Meters } from '../meters.ts';
import type { TaskRecord } from '../storage/records.ts';
import { testQueue, type TestQueue } from '../testing/queue.ts';
import { testLogger, testPostgresStorage, testSqliteStorage } from '../testing/storage.ts';
import { decideComplete } from './complete.ts';
import { decideProgress } from './progress.ts';
import { decideRetry } from './retry.ts';
import { createTaskMover, type TaskMover } from './task-mover.ts';

describe.each([
  ['SQLite', testSqliteStorage],
  ['Postgres', testPostgresStorage],
])('the mover on %s', (_, open) => {
  it('sums the usage of all attempts, however often each tells its own', async () => {
    const first = await running(open);
    const { queue, task } = first;
    await spend(first, 10);
    await spend(first, 25);
    await end(first, { status: 'failed', reason: 'Disrupted', inputTokens: 30 });
    await queue.poll(await queue.addWorker());

    const second = { ...first, task: { ...task, attempt: 2 } };
    await spend(second, 5);
    await end(second, { status: 'completed', reason: 'NoChanges', inputTokens: 7 });

    const ended = await queue.storage.tasks.find({ id: task.id });
    expect(ended).toMatchObject({ status: 'completed', attempt: 2, usage: { inputTokens: 37 } });
    const attempts = await queue.storage.tasks.attempts(task.id);
    expect(attempts.map(({ usage }) => usage)).toEqual([{ inputTokens: 30 }, { inputTokens: 7 }]);
  });

  it('counts each move once, and nothing for a repeat', async () => {
    const first = await running(open);
    const { queue, mover, task, counted } = first;
    const outcome = { status: 'failed', reason: 'AgentFailed' } as const;

    await end(first, outcome);
    await end(first, outcome);
    await mover.change({ id: task.id }, (snapshot) => decideRetry(snapshot, {}));
    await queue.poll(await queue.addWorker());
    const second = { ...first, task: { ...task, attempt: 2 } };
    await end(second, { status: 'failed', reason: 'Disrupted' });

    expect(counted).toEqual(['failed AgentFailed', 'requeued Disrupted']);
  });
});

interface Running {
  readonly queue: TestQueue;
  readonly mover: TaskMover;
  readonly task: TaskRecord;
  /** What the meters were told. */
  readonly counted: readonly string[];
}

async function running(open: typeof testSqliteStorage): Promise<Running> {
  const test = await open();
  onTestFinished(() => test[Symbol.asyncDispose]());
  const queue = await testQueue(test.storage);
  onTestFinished(() => queue[Symbol.asyncDispose]());
  const counted: string[] = [];
  const meters: Meters = {
    ...noMeters,
    taskEnded: (status, reason) => void counted.push(`${status} ${reason}`),
    taskRequeued: (reason) => void counted.push(`requeued ${reason}`),
  };
  const mover = createTaskMover({ storage: queue.storage, logger: testLogger, meters });
  const task = await queue.addTask();
  await queue.poll(await queue.addWorker());
  return { queue, mover, task: { ...task, attempt: 1 }, counted };
}

async function spend({ queue, mover, task }: Running, inputTokens: number): Promise<void> {
  const { id, attempt } = task;
  const progress = { attempt, phase: 'agent', usage: { inputTokens } } as const;
  const times = { now: queue.clock.now(), leaseMs: 180_000, publishMs: 300_000 };
  await mover.change({ id, attempt }, (snapshot) => decideProgress(snapshot, progress, times).change);
}

interface End {
  readonly status: 'completed' | 'failed';
  readonly reason: string;
  readonly inputTokens?: number;
}

async function end(
  { queue, mover, task: { id, attempt } }: Running,
  { status, reason, inputTokens }: End,
): Promise<void> {
  const usage = inputTokens === undefined ? undefined : { inputTokens };
  const at = { now: queue.clock.now(), outcomeHash: `${status} ${reason}` };
  const outcome = { attempt, status, reason, lastSeq: 0, usage };
  await mover.change({ id, attempt }, (snapshot) => decideComplete(snapshot, outcome, at));
}
