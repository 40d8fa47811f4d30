import { logStart } from '@verve/contract';
import { describe, expect, it, onTestFinished } from 'vitest';

import { noMeters } from '../meters.ts';
import type { ChunkStore } from '../storage/chunk-store.ts';
import { createLocalHints } from '../storage/local-hints.ts';
import type { TaskRecord } from '../storage/records.ts';
import { StorageUnavailable, type Storage } from '../storage/storage.ts';
import { decideComplete } from '../tasks/complete.ts';
import { countCalls, testQueue, type TestQueue } from '../testing/queue.ts';
import { testReplicas } from '../testing/replicas.ts';
import { testLogger, testSqliteStorage } from '../testing/storage.ts';
import { createLogTail, type LogNews, type LogTail } from './log-tail.ts';

describe('the log tail', () => {
  it('follows on one replica what another one writes, to the end and without a gap', async () => {
    const [writing, reading] = await replicas();
    const queue = await started(writing);
    const task = await running(queue);
    const followed = collect(tailOf(reading).follow({ taskId: task.id, after: logStart }, never()));

    await append(queue, task, { from: 1, count: 40 });
    await complete(queue, task, 40);

    const seqs = (await followed).flatMap(({ chunks }) => chunks.map(({ seq }) => seq));
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect((await followed).map(({ isComplete }) => isComplete).lastIndexOf(false)).toBe(
      (await followed).length - 2,
    );
  });

  it('brings large chunks one after the other', async () => {
    const queue = await started(await sqlite());
    const task = await running(queue);
    for (let seq = 1; seq <= 5; seq += 1) await appendLine(queue, task, { seq, line: 'x'.repeat(600_000) });
    await complete(queue, task, 5);

    const news = await collect(tailOf(queue.storage).follow({ taskId: task.id, after: logStart }, never()));

    expect(news.map(({ chunks }) => chunks.map(({ seq }) => seq))).toEqual([[1], [2], [3], [4], [5]]);
    expect(news.map(({ isComplete }) => isComplete)).toEqual([false, false, false, false, true]);
  });

  it('starts after a position and is complete at once when the task has ended', async () => {
    const queue = await started(await sqlite());
    const task = await running(queue);
    await append(queue, task, { from: 1, count: 3 });
    await complete(queue, task, 3);
    const tail = tailOf(queue.storage);

    const rest = await collect(tail.follow({ taskId: task.id, after: { attempt: 1, seq: 2 } }, never()));
    const nothing = await collect(tail.follow({ taskId: task.id, after: { attempt: 1, seq: 3 } }, never()));

    expect(rest.flatMap(({ chunks }) => chunks.map(({ lines }) => lines[0]))).toEqual(['line 3']);
    expect(nothing).toEqual([{ chunks: [], isComplete: true }]);
  });

  it('ends when the task is deleted', async () => {
    const tail = tailOf(await sqlite());

    const news = await collect(tail.follow({ taskId: 'tsk_gone', after: logStart }, never()));

    expect(news).toEqual([{ chunks: [], isComplete: true }]);
  });

  it('reads for 100 followers with two statements', async () => {
    const { storage, count } = countCalls(await sqlite());
    const queue = await started(storage);
    const task = await running(queue);
    const tail = tailOf(storage);
    const abort = new AbortController();
    const streams = Array.from({ length: 100 }, () =>
      tail.follow({ taskId: task.id, after: logStart }, abort.signal)[Symbol.asyncIterator](),
    );
    const first = streams.map((stream) => stream.next());
    await append(queue, task, { from: 1, count: 1 });
    await Promise.all(first);
    const second = streams.map((stream) => stream.next());
    const before = count();

    await append(queue, task, { from: 2, count: 1 });
    await Promise.all(second);

    // Besides the append; a tick of the clock may come between.
    expect(count() - before - 1).toBeLessThanOrEqual(4);
    abort.abort();
  });

  it('does not wait for a follower that does not read', async () => {
    const queue = await started(await sqlite());
    const task = await running(queue);
    const tail = tailOf(queue.storage);
    const slow = tail.follow({ taskId: task.id, after: logStart }, never())[Symbol.asyncIterator]();
    await append(queue, task, { from: 1, count: 1 });
    await slow.next();

    const quick = collect(tail.follow({ taskId: task.id, after: logStart }, never()));
    await append(queue, task, { from: 2, count: 60 });
    await complete(queue, task, 61);

    expect((await quick).flatMap(({ chunks }) => chunks)).toHaveLength(61);
    const next = await slow.next();
    expect(next.value?.chunks[0]?.seq).toBe(2);
  });

  it('skips nothing when the database goes away between two reads of a round', async () => {
    const queue = await started(await sqlite());
    const task = await running(queue);
    await append(queue, task, { from: 1, count: 1 });
    let isAway = false;
    const { chunks } = queue.storage;
    const readFollowed: ChunkStore['readFollowed'] = async (logs, each) => {
      if (!isAway || logs.every(({ after }) => after.attempt > 0)) return chunks.readFollowed(logs, each);
      isAway = false;
      throw new StorageUnavailable('away');
    };
    // No hint, so that one round reads for both: for who is up to date, then for who has just come.
    const hints = createLocalHints();
    const tail = tailOf({ ...queue.storage, hints, chunks: { ...chunks, readFollowed } });
    const follow = (): AsyncIterator<LogNews, undefined> =>
      tail.follow({ taskId: task.id, after: logStart }, never())[Symbol.asyncIterator]();
    const upToDate = follow();
    await upToDate.next();
    const next = upToDate.next();
    await append(queue, task, { from: 2, count: 1 });
    await complete(queue, task, 2);

    isAway = true;
    const first = follow().next();

    expect((await first).value?.chunks).toHaveLength(2);
    expect((await next).value?.chunks.map(({ seq }) => seq)).toEqual([2]);
  });

  it('ends its followers when it is stopped', async () => {
    const queue = await started(await sqlite());
    const task = await running(queue);
    const tail = tailOf(queue.storage);
    const news = collect(tail.follow({ taskId: task.id, after: logStart }, never()));

    await tail[Symbol.asyncDispose]();

    expect(await news).toEqual([]);
  });
});

async function sqlite(): Promise<Storage> {
  const test = await testSqliteStorage();
  onTestFinished(() => test[Symbol.asyncDispose]());
  return test.storage;
}

async function replicas(): Promise<readonly [Storage, Storage]> {
  const test = await testReplicas();
  onTestFinished(() => test[Symbol.asyncDispose]());
  return test.storages;
}

async function started(storage: Storage): Promise<TestQueue> {
  const queue = await testQueue(storage);
  onTestFinished(() => queue[Symbol.asyncDispose]());
  return queue;
}

function tailOf(storage: Storage): LogTail {
  const tail = createLogTail({ storage, logger: testLogger, meters: noMeters });
  onTestFinished(() => tail[Symbol.asyncDispose]());
  return tail;
}

async function running(queue: TestQueue): Promise<TaskRecord> {
  const task = await queue.addTask();
  await queue.poll(await queue.addWorker());
  return task;
}

/** So many chunks of a short line each. */
async function append(
  queue: TestQueue,
  task: TaskRecord,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<void> {
  for (let seq = from; seq < from + count; seq += 1)
    await appendLine(queue, task, { seq, line: `line ${seq}` });
}

/** As the API does: one chunk, and a hint. */
async function appendLine(
  { storage, clock }: TestQueue,
  task: TaskRecord,
  { seq, line }: { readonly seq: number; readonly line: string },
): Promise<void> {
  const result = await storage.chunks.append({
    taskId: task.id,
    chunk: { attempt: 1, seq, at: [clock.now()], streams: 'o', lines: [line] },
    nowMs: clock.now(),
    leaseUntilMs: clock.now() + 180_000,
  });
  expect(result.kind).toBe('stored');
  storage.hints.notify('logs');
}

async function complete({ mover, clock }: TestQueue, task: TaskRecord, lastSeq: number): Promise<void> {
  const outcome = { attempt: 1, status: 'completed', reason: 'NoChanges', lastSeq } as const;
  const at = { now: clock.now(), outcomeHash: 'hash' };
  await mover.change({ id: task.id }, (snapshot) => decideComplete(snapshot, outcome, at));
}

async function collect(news: AsyncIterable<LogNews>): Promise<LogNews[]> {
  const all: LogNews[] = [];
  for await (const each of news) all.push(each);
  return all;
}

function never(): AbortSignal {
  return new AbortController().signal;
}
