import { newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { TaskRecord } from '../records.ts';
import type { TaskChange, TaskSnapshot } from '../task-store.ts';
import type { OpenStorage } from './open-storage.ts';
import { leaseUntilMs, openBench } from './queue-bench.ts';
import { now } from './samples.ts';

const back: TaskChange = {
  task: { status: 'pending', workerId: undefined },
  attempt: { status: 'lost', finishedAt: now },
};

/** What every TaskStore does when a task is changed. */
export function describeTaskChanges(open: OpenStorage): void {
  describe('task changes', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a decision sees the task, its attempt and the end of that log', async () => {
      const { storage, addHeld, attempt } = await openBench(opened);
      const task = await addHeld();
      for (const seq of [1, 2]) {
        const chunk = { attempt: 1, seq, at: [now], streams: 'o', lines: ['a line'] };
        await storage.chunks.append({ taskId: task.id, chunk, nowMs: now, leaseUntilMs });
      }
      const seen: TaskSnapshot[] = [];

      const result = await storage.tasks.change({ id: task.id }, (snapshot) => {
        seen.push(snapshot);
        return {};
      });

      expect(result).toEqual(task);
      expect(seen).toEqual([{ task, attempt: await attempt(task), lastSeq: 2 }]);
    });

    test('every field of task and attempt can be set and cleared', async () => {
      const { storage, addHeld, attempt, addWorker } = await openBench(opened);
      const task = await addHeld();
      const set = {
        task: {
          title: 't',
          description: 'd',
          baseBranch: 'b',
          agent: 'a',
          model: 'm',
          priority: 9,
          labels: { a: 'b' },
          requires: { c: 'd' },
          phase: 'agent',
          waiting: 'w',
          reason: 'R',
          message: 'msg',
          maxAttempts: 4,
          timeoutSeconds: 11,
          workerId: (await addWorker()).id,
          notBefore: 1,
          cancelRequestedAt: 2,
          cancelReason: 'c',
          branch: 'br',
          commit: 'co',
          pullRequestUrl: 'p',
          usage: { costUsd: 0.5, inputTokens: 3 },
          startedAt: 5,
          finishedAt: 6,
          countedFailures: 1,
          allowedFailures: 2,
          infrastructureRetries: 3,
          modelRetries: 4,
        },
        attempt: {
          reason: 'R',
          message: 'm',
          finishedAt: 7,
          phases: [{ phase: 'agent', startedAt: 8, finishedAt: 9 }],
          leaseUntil: 10,
          isAcknowledged: true,
          publishUntil: 11,
          usage: { outputTokens: 1 },
          outcomeHash: 'h',
        },
      } as const satisfies TaskChange;

      const changed = await storage.tasks.change({ id: task.id }, () => set);

      expect(changed).toEqual({ ...task, ...set.task });
      expect(await storage.tasks.find({ id: task.id })).toEqual(changed);
      expect(await attempt(task)).toMatchObject(set.attempt);

      const cleared = await storage.tasks.change({ id: task.id }, () => ({
        task: { agent: undefined, usage: undefined, notBefore: undefined },
        attempt: { usage: undefined, publishUntil: undefined },
      }));

      expect(cleared).toEqual({
        ...task,
        ...set.task,
        agent: undefined,
        usage: undefined,
        notBefore: undefined,
      });
      expect(await attempt(task)).toMatchObject({
        usage: undefined,
        publishUntil: undefined,
        outcomeHash: 'h',
      });
    });

    test('what changes nothing is not told as a change, what changes is', async () => {
      const { storage, addHeld } = await openBench(opened);
      const task = await addHeld();
      const feed = async (after: string): Promise<number> =>
        (await storage.changes.read({ after, limit: 99 })).changes.length;
      const start = await storage.changes.head();

      await storage.tasks.change({ id: task.id }, () => ({}));
      await storage.tasks.change({ id: task.id }, () => ({
        task: { title: task.title, waiting: undefined },
      }));
      await storage.tasks.change({ id: task.id }, () => ({ attempt: { leaseUntil: now + 99 } }));
      expect(await feed(start)).toBe(0);

      await storage.tasks.change({ id: task.id }, () => ({ task: { waiting: 'for a node' } }));
      expect(await feed(start)).toBe(1);
    });

    test('an earlier attempt, one that is not there, and a task that is not there', async () => {
      const { storage, addHeld, requeue, claim } = await openBench(opened);
      const task = await addHeld();
      await requeue(task);
      await claim();
      const seen: (number | undefined)[] = [];
      const look = (snapshot: TaskSnapshot): TaskChange => {
        seen.push(snapshot.attempt?.attempt);
        return {};
      };

      await storage.tasks.change({ id: task.id, attempt: 1 }, look);
      await storage.tasks.change({ id: task.id }, look);
      await storage.tasks.change({ id: task.id, attempt: 3 }, look);
      expect(await storage.tasks.change({ id: newId('task') }, look)).toBeUndefined();
      expect(await storage.tasks.change({ id: task.id, projectId: newId('project') }, look)).toBeUndefined();

      expect(seen).toEqual([1, 2, undefined]);
    });

    test('a decision that throws changes nothing and its error comes through', async () => {
      const { storage, addHeld } = await openBench(opened);
      const task = await addHeld();
      const refused = new Error('refused');

      const change = storage.tasks.change({ id: task.id }, () => {
        throw refused;
      });

      await expect(change).rejects.toBe(refused);
      expect(await storage.tasks.find({ id: task.id })).toEqual(task);
    });

    test.each<[string, TaskChange]>([
      ['leaves its attempt running', { task: { status: 'pending' } }],
      ['loses its attempt and stays running', { attempt: { status: 'lost' } }],
    ])('a running task that %s is refused', async (_, change) => {
      const { storage, addHeld, attempt } = await openBench(opened);
      const task = await addHeld();

      await expect(storage.tasks.change({ id: task.id }, () => change)).rejects.toThrow('in one step');

      expect(await storage.tasks.find({ id: task.id })).toEqual(task);
      expect(await attempt(task)).toMatchObject({ status: 'running' });
    });

    test('of many changes of one task at once, none is lost', async () => {
      const { storage, addHeld } = await openBench(opened);
      const { id } = await addHeld();
      const increments = Array.from({ length: 30 }, () =>
        storage.tasks.change({ id }, ({ task }) => ({ task: { modelRetries: task.modelRetries + 1 } })),
      );

      const results = await Promise.all(increments);

      expect(results.map((task) => task?.modelRetries).toSorted((a = 0, b = 0) => a - b)).toEqual(
        Array.from({ length: 30 }, (_, index) => index + 1),
      );
    });

    test('of two ends at once, the second sees the first, and task and attempt agree', async () => {
      const { storage, addHeld, attempt } = await openBench(opened);
      for (let round = 0; round < 20; round++) {
        const task = await addHeld();
        const end = (status: 'completed' | 'failed'): Promise<TaskRecord | undefined> =>
          storage.tasks.change({ id: task.id }, (snapshot) =>
            snapshot.task.status === 'running'
              ? { task: { status, finishedAt: now }, attempt: { status, finishedAt: now } }
              : {},
          );

        const ends = await Promise.all([end('completed'), end('failed')]);

        const stored = await storage.tasks.find({ id: task.id });
        expect(ends).toEqual([stored, stored]);
        expect((await attempt(task))?.status).toBe(stored?.status);
      }
    });

    test('a take-back that was decided before a heartbeat is decided again', async () => {
      const { storage, addHeld, projectId, workerId } = await openBench(opened);
      for (let round = 0; round < 30; round++) {
        const task = await addHeld();
        const running = [{ taskId: task.id, attempt: 1 }];
        const renewal = { projectId, workerId, running, nowMs: now, leaseUntilMs: now + 500_000 };

        const [renewed] = await Promise.all([
          storage.queue.renewLeases(renewal),
          storage.tasks.change({ id: task.id }, ({ attempt }) =>
            (attempt?.leaseUntil ?? 0) > leaseUntilMs ? {} : back,
          ),
        ]);

        const { status } = (await storage.tasks.find({ id: task.id })) ?? {};
        expect(status).toBe(renewed?.length === 1 ? 'running' : 'pending');
        if (status === 'running') await storage.tasks.change({ id: task.id }, () => back);
        await storage.tasks.change({ id: task.id }, () => ({
          task: { status: 'canceled', finishedAt: now },
        }));
      }
    });
  });
}
