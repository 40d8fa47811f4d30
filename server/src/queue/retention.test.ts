import { describe, expect, it, onTestFinished } from 'vitest';

import type { ChunkStore } from '../storage/chunk-store.ts';
import type { TaskRecord, WorkerRecord } from '../storage/records.ts';
import { decideComplete } from '../tasks/complete.ts';
import { testQueue, type TestQueue } from '../testing/queue.ts';
import { testSqliteStorage } from '../testing/storage.ts';
import { prune } from './retention.ts';

const day = 86_400_000;
const { signal } = new AbortController();

describe('retention', () => {
  it('deletes the logs of tasks that ended too long ago, and no others', async () => {
    const queue = await started();
    const old = await endedTask(queue);
    queue.clock.advance(3 * day);
    const young = await endedTask(queue);
    const running = await runningTask(queue);
    queue.clock.advance(day);

    const count = await prune(queue.storage.chunks, { days: 2, now: queue.clock.now() }, signal);

    expect(count).toBe(1);
    expect(await Promise.all([old, young, running].map((task) => chunksOf(queue, task)))).toEqual([0, 1, 1]);
  });

  it('deletes the oldest ends first until the rest is small enough', async () => {
    const queue = await started();
    const tasks = [await endedTask(queue), await endedTask(queue), await endedTask(queue)];

    await prune(queue.storage.chunks, { maxMiB: 1.5 * lineMiB, now: queue.clock.now() }, signal);

    expect(await Promise.all(tasks.map((task) => chunksOf(queue, task)))).toEqual([0, 0, 1]);
  });

  it('passes any number of tasks that have no log', async () => {
    const queue = await started();
    const worker = await queue.addWorker();
    for (let tasks = 0; tasks < 60; tasks += 1) await endUnlogged(queue, worker);
    const task = await endedTask(queue);
    queue.clock.advance(3 * day);

    expect(await prune(queue.storage.chunks, { days: 2, now: queue.clock.now() }, signal)).toBe(1);
    expect(await chunksOf(queue, task)).toBe(0);
  });

  it('measures all logs once, however many have to go', async () => {
    const queue = await started();
    for (let tasks = 0; tasks < 60; tasks += 1) await endedTask(queue);
    let measured = 0;
    const { chunks } = queue.storage;
    const excessBefore: ChunkStore['excessBefore'] = (maxBytes) => {
      measured += 1;
      return chunks.excessBefore(maxBytes);
    };

    const kept = { maxMiB: lineMiB, now: queue.clock.now() };
    const count = await prune({ ...chunks, excessBefore }, kept, signal);

    expect([count, measured]).toEqual([59, 1]);
  });

  it('keeps everything unless told otherwise', async () => {
    const queue = await started();
    await endedTask(queue);
    queue.clock.advance(10_000 * day);

    expect(await prune(queue.storage.chunks, { now: queue.clock.now() }, signal)).toBe(0);
  });
});

const line = 'x'.repeat(50_000);
const lineMiB = line.length / 1024 / 1024;

async function started(): Promise<TestQueue> {
  const test = await testSqliteStorage();
  onTestFinished(() => test[Symbol.asyncDispose]());
  const queue = await testQueue(test.storage);
  onTestFinished(() => queue[Symbol.asyncDispose]());
  return queue;
}

/** A task that runs, with a chunk of one line. */
async function runningTask(queue: TestQueue): Promise<TaskRecord> {
  const task = await queue.addTask();
  await queue.poll(await queue.addWorker());
  const nowMs = queue.clock.now();
  const chunk = { attempt: 1, seq: 1, at: [nowMs], streams: 'o', lines: [line] };
  await queue.storage.chunks.append({ taskId: task.id, chunk, nowMs, leaseUntilMs: nowMs + 1_000 });
  return task;
}

async function endedTask(queue: TestQueue): Promise<TaskRecord> {
  const task = await runningTask(queue);
  await end(queue, task, 1);
  return task;
}

async function endUnlogged(queue: TestQueue, worker: WorkerRecord): Promise<void> {
  const task = await queue.addTask();
  await queue.poll(worker);
  await end(queue, task, 0);
}

async function end(queue: TestQueue, task: TaskRecord, lastSeq: number): Promise<void> {
  const outcome = { attempt: 1, status: 'completed', reason: 'NoChanges', lastSeq } as const;
  const at = { now: queue.clock.now(), outcomeHash: 'hash' };
  await queue.mover.change({ id: task.id }, (snapshot) => decideComplete(snapshot, outcome, at));
  queue.clock.advance(1_000);
}

async function chunksOf({ storage }: TestQueue, task: TaskRecord): Promise<number> {
  return (await storage.chunks.read({ taskId: task.id, limit: 10 })).chunks.length;
}
