import { limits, newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { TaskRecord } from '../records.ts';
import type { OpenStorage } from './open-storage.ts';
import { leaseUntilMs, openBench } from './queue-bench.ts';
import { now } from './samples.ts';

/** What every claim does. */
export function describeClaims(open: OpenStorage): void {
  describe('claims', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a claimed task is running, with an attempt of the worker', async () => {
      const { add, claim, attempt, storage, workerId } = await openBench(opened);
      const added = await add({ notBefore: now });

      const [claimed] = await claim();

      expect(claimed).toEqual({
        ...added,
        status: 'running',
        attempt: 1,
        workerId,
        startedAt: now,
        notBefore: undefined,
      });
      expect(await storage.tasks.find({ id: added.id })).toEqual(claimed);
      expect(claimed && (await attempt(claimed))).toEqual({
        taskId: added.id,
        attempt: 1,
        status: 'running',
        workerId,
        startedAt: now,
        phases: [],
        leaseUntil: leaseUntilMs,
        isAcknowledged: false,
      });
      expect(await claim()).toEqual([]);
    });

    test('the highest priority comes first, then the oldest, at most one a slot', async () => {
      const { add, claim } = await openBench(opened);
      const tasks: TaskRecord[] = [];
      for (const priority of [0, 100, -100, 0, 5, 100]) tasks.push(await add({ priority }));
      const order = [1, 5, 4, 0, 3, 2].map((index) => tasks[index]?.id);

      expect(idsOf(await claim(2))).toEqual(order.slice(0, 2));
      expect(idsOf(await claim(3))).toEqual(order.slice(2, 5));
      expect(idsOf(await claim(3))).toEqual(order.slice(5));
    });

    test('a higher priority that comes later is not passed over', async () => {
      const { add, claim } = await openBench(opened);
      await add({ priority: 0 });
      await claim(2);
      const [low, high] = [await add({ priority: 0 }), await add({ priority: 7 })];

      expect(idsOf(await claim(2))).toEqual([high.id, low.id]);
    });

    test('the claims go to the workers of the slots in order', async () => {
      const { add, addWorker, claim } = await openBench(opened);
      const workers = [await addWorker(), await addWorker(), await addWorker()];
      const tasks = [await add(), await add(), await add()];

      const claimed = await claim(0, { workerIds: workers.map(({ id }) => id) });

      expect(idsOf(claimed)).toEqual(idsOf(tasks));
      expect(claimed.map(({ workerId }) => workerId)).toEqual(workers.map(({ id }) => id));
    });

    test('no slot, no claim', async () => {
      const { add, claim } = await openBench(opened);
      await add();

      expect(await claim(0)).toEqual([]);
    });

    test('a task is not claimed before its time', async () => {
      const { add, claim, storage } = await openBench(opened);
      const later = await add({ notBefore: now + 1, priority: 1 });
      const due = await add({ notBefore: now });

      expect(idsOf(await claim(2))).toEqual([due.id]);
      storage.queue.forgetWatermarks();
      expect(idsOf(await claim(2, { nowMs: now + 1 }))).toEqual([later.id]);
    });

    test('another project does not see it', async () => {
      const [own, other] = [await openBench(opened), await openBench(opened)];
      const task = await own.add();

      expect(await other.claim()).toEqual([]);
      expect(idsOf(await own.claim())).toEqual([task.id]);
    });

    test('a task that was put back is claimed again with the next attempt, in its old place', async () => {
      const { add, claim, requeue, storage } = await openBench(opened);
      const [first, second] = [await add(), await add()];
      const [claimed] = await claim(1, { nowMs: now - 5 });
      if (claimed) await requeue(claimed, { waiting: 'later', reason: 'WorkerLost', message: 'again' });

      const again = await claim(2);

      expect(idsOf(again)).toEqual([first.id, second.id]);
      expect(again[0]).toMatchObject({ attempt: 2, status: 'running', startedAt: now - 5 });
      expect(again[0]).toMatchObject({ waiting: undefined, reason: undefined, message: undefined });
      expect((await storage.tasks.attempts(first.id)).map(({ status }) => status)).toEqual([
        'lost',
        'running',
      ]);
    });

    test('of a task that was claimed again and again the newest attempts are told', async () => {
      const { add, claim, requeue, storage } = await openBench(opened);
      const { id } = await add();
      for (let attempt = 1; attempt <= limits.taskAttempts + 2; attempt += 1) {
        for (const task of await claim()) await requeue(task);
      }

      const numbers = (await storage.tasks.attempts(id)).map(({ attempt }) => attempt);

      expect(numbers).toEqual(Array.from({ length: limits.taskAttempts }, (_, index) => index + 3));
    });

    test('what does not fit at the head of the queue hides nothing behind it', async () => {
      const { add, claim } = await openBench(opened);
      for (let index = 0; index < 450; index++) {
        await add({ agent: 'other', priority: index % 3, repository: `https://git.example/${index}` });
      }
      const fitting = await add({ agent: 'claude', repository: 'https://git.example/wanted' });

      const claimed = await claim(1, { fit: { repositories: ['https://git.example/want*'] } });

      expect(idsOf(claimed)).toEqual([fitting.id]);
    });

    test('a task whose id is older than one that was claimed is not lost', async () => {
      const { add, claim } = await openBench(opened);
      const early = newId('task');
      await add();
      await claim();
      await add({ id: early });

      expect(idsOf(await claim())).toEqual([early]);
    });

    test('a task that was made long before it was stored is not lost', async () => {
      const { add, claim, storage } = await openBench(opened);
      await claim();
      const late = newId('task').replace(/^tsk_.{10}/, 'tsk_0000000000');
      await add({ id: late });

      storage.queue.noteNewTask(late);

      expect(idsOf(await claim())).toEqual([late]);
    });

    test('fifty claimers at once take each of five hundred tasks once, each in order', async () => {
      const { add, claim } = await openBench(opened);
      const ids: string[] = [];
      for (let index = 0; index < 500; index++) ids.push((await add()).id);

      const claimers = Array.from({ length: 50 }, async (_, index) => {
        const own: string[] = [];
        for (;;) {
          const claimed = await claim(1 + (index % 7));
          if (claimed.length === 0) return own;
          own.push(...idsOf(claimed));
        }
      });
      const taken = await Promise.all(claimers);

      expect(taken.flat().toSorted()).toEqual(ids.toSorted());
      for (const own of taken) expect(own).toEqual(own.toSorted());
    });
  });
}

function idsOf(tasks: readonly TaskRecord[]): string[] {
  return tasks.map(({ id }) => id);
}
