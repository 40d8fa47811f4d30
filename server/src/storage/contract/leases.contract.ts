import { newId, type AttemptRef } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { ExpiryQuery } from '../queue-store.ts';
import type { TaskRecord } from '../records.ts';
import type { OpenStorage } from './open-storage.ts';
import { leaseUntilMs, openBench } from './queue-bench.ts';
import { now } from './samples.ts';

/** What every queue does with leases, cancellations and its depth. */
export function describeLeases(open: OpenStorage): void {
  describe('leases', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a heartbeat renews and acknowledges what the worker holds, and nothing else', async () => {
      const { storage, projectId, workerId, addHeld, addWorker, attempt, requeue, claim } =
        await openBench(opened);
      const [held, unnamed, putBack] = [await addHeld(), await addHeld(), await addHeld()];
      await requeue(putBack);
      const other = await addWorker();
      const [elsewhere] = await claim(1, { workerIds: [other.id] });
      const running = [...[held, putBack].map(refOf), { taskId: newId('task'), attempt: 1 }];
      if (elsewhere) running.push(refOf(elsewhere), { taskId: held.id, attempt: 2 });

      const renewal = { projectId, workerId, running, nowMs: now + 5, leaseUntilMs: now + 180_000 };
      const renewed = await storage.queue.renewLeases(renewal);

      expect(renewed).toEqual([{ ...refOf(held), isCancelRequested: false }]);
      expect(await attempt(held)).toMatchObject({ leaseUntil: now + 180_000, isAcknowledged: true });
      expect(await attempt(unnamed)).toMatchObject({ leaseUntil: leaseUntilMs, isAcknowledged: false });
      expect(await storage.workers.find(workerId)).toMatchObject({ lastSeenAt: now + 5, isConnected: true });
    });

    test('a heartbeat without attempts marks the worker seen, and connected again', async () => {
      const { storage, projectId, workerId } = await openBench(opened);
      await storage.workers.markDisconnected(now + 1);
      const start = await storage.changes.head();
      const renewal = { projectId, workerId, running: [], nowMs: now + 9, leaseUntilMs };

      expect(await storage.queue.renewLeases(renewal)).toEqual([]);
      expect(await storage.queue.renewLeases({ ...renewal, nowMs: now + 10 })).toEqual([]);

      expect(await storage.workers.find(workerId)).toMatchObject({ lastSeenAt: now + 10, isConnected: true });
      const { changes } = await storage.changes.read({ projectId, after: start, limit: 9 });
      expect(changes.map(({ change }) => change.kind)).toEqual(['worker']);
    });

    test('a heartbeat is no change of the worker or its tasks', async () => {
      const { storage, projectId, workerId, addHeld } = await openBench(opened);
      const running = [refOf(await addHeld())];
      const start = await storage.changes.head();

      await storage.queue.renewLeases({ projectId, workerId, running, nowMs: now + 9, leaseUntilMs });

      expect((await storage.changes.read({ projectId, after: start, limit: 9 })).changes).toEqual([]);
    });

    test('a worker of another project is unknown', async () => {
      const { storage, workerId } = await openBench(opened);
      const renewal = { workerId, running: [], nowMs: now + 9, leaseUntilMs };

      expect(await storage.queue.renewLeases({ ...renewal, projectId: newId('project') })).toBeUndefined();

      expect(await storage.workers.find(workerId)).toMatchObject({ lastSeenAt: now });
    });

    test('a heartbeat repeats a cancellation, a poll takes it once', async () => {
      const { storage, projectId, workerId, addHeld } = await openBench(opened);
      const [task, other] = [await addHeld(), await addHeld()];
      await cancel(task);
      const renewal = { projectId, workerId, running: [task, other].map(refOf), nowMs: now, leaseUntilMs };

      const taken = await storage.queue.takeCancels([newId('worker'), workerId]);

      expect(taken).toEqual([{ ...refOf(task), workerId }]);
      expect(await storage.queue.takeCancels([workerId])).toEqual([]);
      expect(await storage.queue.takeCancels([])).toEqual([]);
      for (let beat = 0; beat < 2; beat++) {
        const held = await storage.queue.renewLeases(renewal);
        expect(held?.filter(({ isCancelRequested }) => isCancelRequested).map(refById)).toEqual([
          refOf(task),
        ]);
      }
    });

    test('of many polls at once, one is told of a cancellation', async () => {
      const { storage, workerId, addHeld } = await openBench(opened);
      const tasks = [await addHeld(), await addHeld(), await addHeld()];
      for (const task of tasks) await cancel(task);

      const polls = Array.from({ length: 20 }, () => storage.queue.takeCancels([workerId]));
      const taken = (await Promise.all(polls)).flat();

      expect(taken.map(({ taskId }) => taskId).toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
    });

    test('a cancellation of an attempt that is over is not told', async () => {
      const { storage, workerId, addHeld, end } = await openBench(opened);
      const task = await addHeld();
      await cancel(task);
      await end(task);

      expect(await storage.queue.takeCancels([workerId])).toEqual([]);
    });

    test('a lease that is over is found, one that is renewed or may be publishing is not', async () => {
      const { storage, projectId, workerId, addHeld } = await openBench(opened);
      const [over, publishing, later, ended] = [
        await addHeld(),
        await addHeld(),
        await addHeld(),
        await addHeld(),
      ];
      const running = [over, publishing, ended].map(refOf);
      await storage.queue.renewLeases({
        projectId,
        workerId,
        running,
        nowMs: now,
        leaseUntilMs: now + 40_000,
      });
      const longer = { running: [refOf(later)], leaseUntilMs: now + 90_000 };
      await storage.queue.renewLeases({ projectId, workerId, nowMs: now, ...longer });
      await storage.tasks.change({ id: publishing.id }, () => ({ attempt: { publishUntil: now + 60_000 } }));
      await storage.tasks.change({ id: ended.id }, () => ({
        task: { status: 'failed', finishedAt: now },
        attempt: { status: 'failed' },
      }));
      const ours = new Set([over, publishing, later, ended].map(({ id }) => id));
      const at = async (nowMs: number): Promise<string[]> =>
        (await storage.queue.expiredLeases({ ...expiry, nowMs }))
          .map(({ taskId }) => taskId)
          .filter((id) => ours.has(id));

      expect(await at(now + 39_999)).toEqual([]);
      expect(await at(now + 40_000)).toEqual([over.id]);
      expect(await at(now + 60_000)).toEqual([over.id, publishing.id]);
      expect(await at(now + 90_000)).toEqual([over.id, publishing.id, later.id]);
    });

    test('after a gap no lease expires within its own length', async () => {
      const { storage, projectId, workerId, addHeld } = await openBench(opened);
      const [acknowledged, silent] = [await addHeld(), await addHeld()];
      const running = [refOf(acknowledged)];
      await storage.queue.renewLeases({
        projectId,
        workerId,
        running,
        nowMs: now,
        leaseUntilMs: now + 40_000,
      });
      const gapEnd = now + 1_000_000;
      const after = async (ms: number): Promise<string[]> => {
        const query = { ...expiry, nowMs: gapEnd + ms, sweepingSinceMs: gapEnd };
        const ids = (await storage.queue.expiredLeases(query)).map(({ taskId }) => taskId);
        return ids.filter((id) => [acknowledged.id, silent.id].includes(id));
      };

      expect(await after(29_999)).toEqual([]);
      expect(await after(30_000)).toEqual([silent.id]);
      expect(await after(179_999)).toEqual([silent.id]);
      expect((await after(180_000)).toSorted()).toEqual([acknowledged.id, silent.id].toSorted());
    });

    test('no more leases than asked for, the longest over first', async () => {
      const { storage, projectId, workerId, addHeld } = await openBench(opened);
      const [late, early] = [await addHeld(), await addHeld()];
      for (const [task, until] of [
        [late, 2],
        [early, 1],
      ] as const) {
        const running = [refOf(task)];
        await storage.tasks.change({ id: task.id }, () => ({ attempt: { leaseUntil: until } }));
        await storage.queue.renewLeases({ projectId, workerId, running, nowMs: now, leaseUntilMs: until });
      }

      expect(await storage.queue.expiredLeases({ ...expiry, limit: 2 })).toEqual([refOf(early), refOf(late)]);
      expect(await storage.queue.expiredLeases({ ...expiry, limit: 1 })).toEqual([refOf(early)]);
    });

    test('the depth counts what waits and runs, of a project or of all', async () => {
      const { storage, projectId, add, addHeld, end } = await openBench(opened);
      expect(await storage.queue.depth(projectId)).toEqual({ pending: 0, running: 0 });
      await end(await addHeld());
      await addHeld();
      await add({ createdAt: now + 1, priority: -5 });
      await add({ createdAt: now + 2, priority: 5 });

      const own = await storage.queue.depth(projectId);

      expect(own).toEqual({ pending: 2, running: 1, oldestPendingAt: now + 1 });
      const all = await storage.queue.depth();
      expect(all.running).toBeGreaterThanOrEqual(1);
      expect(all.pending).toBeGreaterThanOrEqual(2);
      expect(all.oldestPendingAt).toBeLessThanOrEqual(now + 1);
    });

    async function cancel(task: TaskRecord): Promise<void> {
      await opened.storage.tasks.change({ id: task.id }, () => ({ task: { cancelRequestedAt: now } }));
    }
  });
}

const expiry: ExpiryQuery = {
  nowMs: now,
  sweepingSinceMs: now - 1_000_000,
  leaseMs: 180_000,
  acknowledgeMs: 30_000,
  limit: 1_000,
};

function refOf(task: TaskRecord): AttemptRef {
  return { taskId: task.id, attempt: task.attempt };
}

function refById({ taskId, attempt }: AttemptRef): AttemptRef {
  return { taskId, attempt };
}
