import { describe, expect, it, onTestFinished } from 'vitest';

import { noMeters } from '../meters.ts';
import type { ChangeFeed } from '../storage/change-feed.ts';
import { createLocalHints } from '../storage/local-hints.ts';
import { PositionInvalid, StorageUnavailable, type Storage } from '../storage/storage.ts';
import { countCalls, testQueue, type TestQueue } from '../testing/queue.ts';
import { testReplicas } from '../testing/replicas.ts';
import { testLogger, testSqliteStorage } from '../testing/storage.ts';
import { createChangeStream, type Changes, type ChangeStream } from './change-stream.ts';

describe('the change stream', () => {
  it('tells on one replica of every task that another one made, once', async () => {
    const [writing, reading] = await replicas();
    const queue = await started(writing);
    const after = await reading.changes.head();
    const abort = new AbortController();
    const stream = streamOf(reading).follow({ projectId: queue.project.id, after }, abort.signal);

    const made = Promise.all(Array.from({ length: 150 }, () => addTask(queue)));
    const seen = await idsUntil(stream, 150);
    abort.abort();

    expect(seen.sort()).toEqual((await made).sort());
  });

  it('goes on after the position of the last change that was seen', async () => {
    const queue = await started(await sqlite());
    const after = await queue.storage.changes.head();
    const [, second] = [await addTask(queue), await addTask(queue)];
    const stream = streamOf(queue.storage);
    const [first] = await firstOf(stream.follow({ after }, never()));

    const rest = await firstOf(stream.follow({ after: first?.position ?? '' }, never()));

    expect(rest.map(idOf)).toEqual([second]);
  });

  it('tells nothing of other projects', async () => {
    const storage = await sqlite();
    const [own, other] = [await started(storage), await started(storage)];
    const after = await storage.changes.head();
    await addTask(other);
    const task = await addTask(own);

    const changes = await firstOf(streamOf(storage).follow({ projectId: own.project.id, after }, never()));

    expect(changes.map(idOf)).toEqual([task]);
  });

  it('reads once for all followers at the same place', async () => {
    const { storage, count } = countCalls(await sqlite());
    const queue = await started(storage);
    const after = await storage.changes.head();
    const stream = streamOf(storage);
    const before = count();

    const followers = Array.from({ length: 50 }, () => firstOf(stream.follow({ after }, never())));
    await addTask(queue);
    await Promise.all(followers);

    expect(count() - before - 1).toBeLessThanOrEqual(4);
  });

  it('skips nothing when the database goes away between two reads of a round', async () => {
    const queue = await started(await sqlite());
    const start = await queue.storage.changes.head();
    await addTask(queue);
    let isAway = false;
    const read: ChangeFeed['read'] = async (query) => {
      if (!isAway || query.after !== start) return queue.storage.changes.read(query);
      isAway = false;
      throw new StorageUnavailable('away');
    };
    // No hint, so that one round reads for both: for who is further, then for who has just come.
    const hints = createLocalHints();
    const stream = streamOf({ ...queue.storage, hints, changes: { ...queue.storage.changes, read } });
    const further = stream.follow({ after: start }, never())[Symbol.asyncIterator]();
    await further.next();
    const next = further.next();
    const second = await addTask(queue);

    isAway = true;
    const both = await firstOf(stream.follow({ after: start }, never()));
    await addTask(queue);

    expect(both).toHaveLength(2);
    const changes: Changes = (await next).value ?? [];
    expect(changes[0] && idOf(changes[0])).toBe(second);
  });

  it('refuses a position that is none, and bothers nobody else with it', async () => {
    const queue = await started(await sqlite());
    const after = await queue.storage.changes.head();
    const stream = streamOf(queue.storage);
    const good = firstOf(stream.follow({ after }, never()));

    await expect(firstOf(stream.follow({ after: 'nonsense' }, never()))).rejects.toThrow(PositionInvalid);

    await addTask(queue);
    expect(await good).toHaveLength(1);
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

function streamOf(storage: Storage): ChangeStream {
  const stream = createChangeStream({ storage, logger: testLogger, meters: noMeters });
  onTestFinished(() => stream[Symbol.asyncDispose]());
  return stream;
}

/** As the API does. */
async function addTask(queue: TestQueue): Promise<string> {
  const { id } = await queue.addTask();
  queue.storage.hints.notify('changes');
  return id;
}

function idOf({ change }: Changes[number]): string {
  return change.kind === 'task' ? change.task.id : change.worker.id;
}

async function firstOf(stream: AsyncIterable<Changes>): Promise<Changes> {
  for await (const changes of stream) return changes;
  return [];
}

async function idsUntil(stream: AsyncIterable<Changes>, count: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const changes of stream) {
    ids.push(...changes.map(idOf));
    if (ids.length >= count) return ids;
  }
  return ids;
}

function never(): AbortSignal {
  return new AbortController().signal;
}
