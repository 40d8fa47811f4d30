import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { StorageUnavailable, type Storage } from '../storage/storage.ts';
import { decideCancel } from '../tasks/cancel.ts';
import { countCalls, testQueue, type TestQueue } from '../testing/queue.ts';
import { testPostgresStorage, testSqliteStorage, type TestStorage } from '../testing/storage.ts';

describe.each([
  ['SQLite', testSqliteStorage],
  ['Postgres', testPostgresStorage],
])('the dispatcher on %s', (_, open) => {
  it('hands each of many tasks to one of 200 held polls, in a few statements', async () => {
    const { storage, count } = countCalls((await opened(open)).storage);
    const queue = await started(storage);
    const workers = await Promise.all(Array.from({ length: 200 }, () => queue.addWorker()));
    const polls = workers.map((worker) => queue.poll(worker, { waitMs: 30_000 }));
    await vi.waitFor(() => expect(queue.dispatcher.heldPolls).toBe(200));
    await quiet(count);
    const before = count();

    const tasks = await Promise.all(Array.from({ length: 200 }, () => queue.addTask()));
    const found = await Promise.all(polls);

    expect(found.flatMap(({ claims }) => claims).sort()).toEqual(tasks.map(({ id }) => `${id} 1`).sort());
    expect(found.every(({ claims }) => claims.length === 1)).toBe(true);
    // Besides the 200 creates.
    expect(count() - before - 200).toBeLessThanOrEqual(50);
  });

  it('gives a waiting task to a poll that comes late', async () => {
    const queue = await started((await opened(open)).storage);
    const task = await queue.addTask();

    const found = await queue.poll(await queue.addWorker(), { waitMs: 30_000 });

    expect(found.claims).toEqual([`${task.id} 1`]);
  });

  it('tells a cancel to a poll without slots, at once and once', async () => {
    const queue = await started((await opened(open)).storage);
    const worker = await queue.addWorker();
    const task = await queue.addTask();
    await queue.poll(worker);
    const polls = [1, 2].map(() => queue.poll(worker, { slots: 0, waitMs: 30_000 }));

    await cancel(queue, task.id);
    const first = await Promise.race(polls);
    await queue.dispatcher[Symbol.asyncDispose]();

    expect(first).toEqual({ claims: [], cancels: [`${task.id} 1`] });
    expect((await Promise.all(polls)).flatMap(({ cancels }) => cancels)).toHaveLength(1);
  });
});

describe('a held poll', () => {
  it('runs no statement until a hint comes', async () => {
    const { storage, count } = countCalls((await opened()).storage);
    const queue = await started(storage);
    const worker = await queue.addWorker();
    const poll = queue.poll(worker, { waitMs: 30_000 });
    await quiet(count);
    const before = count();

    for (let turns = 0; turns < 1_000; turns += 1) await turn();

    expect(count()).toBe(before);
    await queue.addTask();
    expect((await poll).claims).toHaveLength(1);
  });

  it('ends with nothing when its time is over', async () => {
    const queue = await started((await opened()).storage);

    expect(await queue.poll(await queue.addWorker(), { waitMs: 1 })).toEqual({ claims: [], cancels: [] });
    expect(queue.dispatcher.heldPolls).toBe(0);
  });

  it('of a paused worker takes nothing until it is resumed', async () => {
    const queue = await started((await opened()).storage);
    const worker = await queue.addWorker();
    const poll = queue.poll(worker, { waitMs: 30_000 });
    await pause(queue, worker.id, true);
    const task = await queue.addTask();

    expect(await queue.poll({ ...worker, paused: true })).toEqual({ claims: [], cancels: [] });
    expect((await queue.storage.tasks.find({ id: task.id }))?.status).toBe('pending');
    await pause(queue, worker.id, false);

    expect((await poll).claims).toEqual([`${task.id} 1`]);
  });

  it('takes nothing for a worker that was paused after it was looked up', async () => {
    const queue = await started((await opened()).storage);
    const worker = await queue.addWorker();
    const { workersVersion } = queue.dispatcher;
    await pause(queue, worker.id, true);
    const task = await queue.addTask();
    const { signal } = new AbortController();

    const found = await queue.dispatcher.poll({ worker, workersVersion, slots: 1, waitMs: 1 }, signal);

    expect(found).toBeUndefined();
    expect((await queue.storage.tasks.find({ id: task.id }))?.status).toBe('pending');
  });

  it('shares a scarce queue with the others before anyone gets a second task', async () => {
    const queue = await started((await opened()).storage);
    const workers = await Promise.all([1, 2, 3].map(() => queue.addWorker()));
    for (let tasks = 0; tasks < 4; tasks += 1) await queue.addTask();

    const found = await Promise.all(workers.map((worker) => queue.poll(worker, { slots: 100 })));

    expect(found.map(({ claims }) => claims.length).toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
  });

  it('that is aborted during its claim leaves the task to others', async () => {
    const { storage: real } = await opened();
    const abort = new AbortController();
    const claim: Storage['queue']['claim'] = async (request) => {
      const claims = await real.queue.claim(request);
      abort.abort();
      return claims;
    };
    const queue = await started({ ...real, queue: { ...real.queue, claim } });
    const [worker, other] = [await queue.addWorker(), await queue.addWorker()];
    const task = await queue.addTask();

    const left = await queue.poll(worker, { waitMs: 30_000, signal: abort.signal });
    const found = await queue.poll(other, { waitMs: 30_000 });

    expect(left.claims).toEqual([]);
    expect(found.claims).toEqual([`${task.id} 2`]);
  });

  it('that is aborted by a stop, its claim on the way, leaves the task to others before the stop is over', async () => {
    const { storage: real } = await opened();
    const claimed = Promise.withResolvers<void>();
    const claim: Storage['queue']['claim'] = async (request) => {
      const claims = await real.queue.claim(request);
      claimed.resolve();
      for (let turns = 0; turns < 100; turns += 1) await turn();
      return claims;
    };
    const queue = await started({ ...real, queue: { ...real.queue, claim } });
    const task = await queue.addTask();
    const abort = new AbortController();
    const poll = queue.poll(await queue.addWorker(), { waitMs: 30_000, signal: abort.signal });
    await claimed.promise;

    abort.abort();
    await queue.dispatcher[Symbol.asyncDispose]();

    expect(await queue.storage.tasks.find({ id: task.id })).toMatchObject({ status: 'pending', attempt: 1 });
    expect((await poll).claims).toEqual([]);
  });

  it('whose answer reached nobody leaves its task to others before a stop is over', async () => {
    const { storage: real } = await opened();
    const change: Storage['tasks']['change'] = async (...given) => {
      for (let turns = 0; turns < 100; turns += 1) await turn();
      return real.tasks.change(...given);
    };
    const queue = await started({ ...real, tasks: { ...real.tasks, change } });
    const task = await queue.addTask();
    const signal = new AbortController().signal;
    const worker = await queue.addWorker();
    const { workersVersion } = queue.dispatcher;
    const found = await queue.dispatcher.poll({ worker, workersVersion, slots: 1, waitMs: 0 }, signal);

    void queue.dispatcher.giveBack(found?.claims ?? []);
    await queue.dispatcher[Symbol.asyncDispose]();

    expect(await queue.storage.tasks.find({ id: task.id })).toMatchObject({ status: 'pending', attempt: 1 });
  });

  it('stays held while the database is away and is served when it is back', async () => {
    const { storage: real } = await opened();
    let isAway = true;
    const claim: Storage['queue']['claim'] = async (request) => {
      if (isAway) throw new StorageUnavailable('away');
      return real.queue.claim(request);
    };
    const queue = await started({ ...real, queue: { ...real.queue, claim } });
    const task = await queue.addTask();
    const poll = queue.poll(await queue.addWorker(), { waitMs: 30_000 });
    await turn();

    isAway = false;
    queue.dispatcher.wake();

    expect((await poll).claims).toEqual([`${task.id} 1`]);
  });
});

async function opened(open: () => Promise<TestStorage> = testSqliteStorage): Promise<TestStorage> {
  const test = await open();
  onTestFinished(() => test[Symbol.asyncDispose]());
  return test;
}

async function started(storage: Storage): Promise<TestQueue> {
  const queue = await testQueue(storage);
  onTestFinished(() => queue[Symbol.asyncDispose]());
  return queue;
}

async function cancel({ mover, clock }: TestQueue, id: string): Promise<void> {
  await mover.change({ id }, (snapshot) => decideCancel(snapshot, { by: 'test', now: clock.now() }));
}

async function pause({ storage }: TestQueue, id: string, paused: boolean): Promise<void> {
  await storage.workers.setPaused(id, paused);
  storage.hints.notify('workers');
}

/** Until nothing has been called for a while. */
async function quiet(count: () => number): Promise<void> {
  await vi.waitFor(async () => {
    const before = count();
    for (let turns = 0; turns < 200; turns += 1) await turn();
    expect(count()).toBe(before);
  });
}
