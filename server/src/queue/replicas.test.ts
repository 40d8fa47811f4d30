import { describe, expect, it, onTestFinished } from 'vitest';

import type { WorkerRecord } from '../storage/records.ts';
import { decideCancel } from '../tasks/cancel.ts';
import { testQueue, type TestQueue } from '../testing/queue.ts';
import { testReplicas } from '../testing/replicas.ts';

describe('two servers on one database', () => {
  it('bring a task that one is given to a poll that the other holds, and its cancel as well', async () => {
    const [one, two] = await started();
    const worker = await one.addWorker();
    const held = two.poll(worker, { waitMs: 30_000 });

    const task = await one.addTask();
    const found = await held;
    const listening = two.poll(worker, { slots: 0, waitMs: 30_000 });
    const cancel = { by: 'test', now: one.clock.now() };
    await one.mover.change({ id: task.id }, (snapshot) => decideCancel(snapshot, cancel));

    expect(found.claims).toEqual([`${task.id} 1`]);
    expect((await listening).cancels).toEqual([`${task.id} 1`]);
  });

  it('never hand out a task twice', async () => {
    const [one, two] = await started();
    const workers = await Promise.all(Array.from({ length: 10 }, () => one.addWorker()));
    const claims: string[] = [];
    async function work(queue: TestQueue, worker: WorkerRecord): Promise<void> {
      while (claims.length < 60) {
        const found = await queue.poll(worker, { slots: 5, waitMs: 200 });
        claims.push(...found.claims);
      }
    }

    const working = [one, two].flatMap((queue) => workers.map((worker) => work(queue, worker)));
    const tasks = await Promise.all(Array.from({ length: 60 }, () => one.addTask()));
    await Promise.all(working);

    expect(claims.sort()).toEqual(tasks.map(({ id }) => `${id} 1`).sort());
  });
});

async function started(): Promise<readonly [TestQueue, TestQueue]> {
  const replicas = await testReplicas();
  onTestFinished(() => replicas[Symbol.asyncDispose]());
  const [one, two] = replicas.storages;
  const queues = [await testQueue(one), await testQueue(two)] as const;
  onTestFinished(async () => {
    await Promise.all(queues.map((queue) => queue[Symbol.asyncDispose]()));
  });
  return queues;
}
