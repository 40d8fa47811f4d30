import { newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import { NameTaken } from '../storage.ts';
import type { NewTask } from '../task-store.ts';
import type { OpenStorage } from './open-storage.ts';
import { openBench } from './queue-bench.ts';
import { now, sampleTask } from './samples.ts';

/** What every TaskStore does with tasks that are made, found, listed and deleted. */
export function describeTasks(open: OpenStorage): void {
  describe('tasks', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a task is found as it was made, pending and without an attempt', async () => {
      const { storage, projectId } = await openBench(opened);
      const given: Partial<NewTask> = {
        baseBranch: 'main',
        agent: 'claude',
        model: 'large',
        priority: -7,
        labels: { team: 'a "b"' },
        requires: { zone: 'eu' },
        maxAttempts: 3,
        notBefore: now + 5,
      };
      const task = sampleTask(projectId, given);

      const result = await storage.tasks.create(task);

      const accounts = { allowedFailures: 3, countedFailures: 0, infrastructureRetries: 0, modelRetries: 0 };
      const expected = { ...task, ...accounts, status: 'pending', attempt: 0 };
      expect(result).toEqual({ kind: 'created', task: expected });
      const found = await storage.tasks.find({ id: task.id, projectId });
      expect(found).toEqual(expected);
      expect(Object.values(found ?? {})).not.toContain(null);
    });

    test('an unknown task and one of another project are absent', async () => {
      const { storage, add } = await openBench(opened);
      const task = await add();

      expect(await storage.tasks.find({ id: newId('task') })).toBeUndefined();
      expect(await storage.tasks.find({ id: task.id, projectId: newId('project') })).toBeUndefined();
      expect(await storage.tasks.attempts(task.id)).toEqual([]);
    });

    test('an id that exists is refused and the first stays', async () => {
      const { storage, add, projectId } = await openBench(opened);
      const first = await add();
      const second = sampleTask(projectId, { id: first.id, title: 'second' });

      await expect(storage.tasks.create(second)).rejects.toBeInstanceOf(NameTaken);
      await expect(storage.tasks.create(second, { key: 'k', bodyHash: 'h' })).rejects.toBeInstanceOf(
        NameTaken,
      );

      expect(await storage.tasks.find({ id: first.id })).toEqual(first);
    });

    test('the same key with the same body gives the first task, with another body nothing', async () => {
      const { storage, projectId } = await openBench(opened);
      const first = await storage.tasks.create(sampleTask(projectId), { key: 'k', bodyHash: 'a' });

      const again = await storage.tasks.create(sampleTask(projectId), { key: 'k', bodyHash: 'a' });
      const other = await storage.tasks.create(sampleTask(projectId), { key: 'k', bodyHash: 'b' });

      expect(again).toEqual({ ...first, kind: 'repeated' });
      expect(other).toEqual({ kind: 'mismatch' });
      expect(await storage.tasks.list({ projectId, limit: 9 })).toHaveLength(1);
    });

    test('another project may use the same key', async () => {
      const [one, two] = [await openBench(opened), await openBench(opened)];
      const idempotency = { key: 'k', bodyHash: 'a' };
      await one.storage.tasks.create(sampleTask(one.projectId), idempotency);

      const result = await two.storage.tasks.create(sampleTask(two.projectId), idempotency);

      expect(result.kind).toBe('created');
    });

    test('of many creates at once with one key, one stores and all others get its task', async () => {
      const { storage, projectId } = await openBench(opened);
      const bodies = Array.from({ length: 20 }, (_, index) => (index % 4 === 0 ? 'b' : 'a'));

      const results = await Promise.all(
        bodies.map((bodyHash) => storage.tasks.create(sampleTask(projectId), { key: 'k', bodyHash })),
      );

      const created = results.filter(({ kind }) => kind === 'created');
      const stored = await storage.tasks.list({ projectId, limit: 99 });
      const winner = bodies[results.findIndex(({ kind }) => kind === 'created')];
      expect(created).toHaveLength(1);
      expect(created).toEqual([{ kind: 'created', task: stored[0] }]);
      expect(stored).toHaveLength(1);
      for (const [index, result] of results.entries()) {
        if (result.kind === 'created') continue;
        const expected =
          bodies[index] === winner ? { kind: 'repeated', task: stored[0] } : { kind: 'mismatch' };
        expect(result).toEqual(expected);
      }
    });

    test('pages are newest first and go on after a task', async () => {
      const { storage, projectId, add } = await openBench(opened);
      const ids: string[] = [];
      for (let index = 0; index < 5; index++) ids.unshift((await add()).id);

      const first = await storage.tasks.list({ projectId, limit: 2 });
      const second = await storage.tasks.list({ projectId, limit: 9, before: ids[1] });

      expect(first.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect(second.map(({ id }) => id)).toEqual(ids.slice(2));
    });

    test('a list can be of one status, and of every project', async () => {
      const { storage, projectId, add, addHeld, end } = await openBench(opened);
      const held = await addHeld();
      const ended = await addHeld();
      await end(ended);
      const pending = await add();

      const idsOf = async (status: 'pending' | 'running' | 'completed'): Promise<string[]> =>
        (await storage.tasks.list({ projectId, status, limit: 9 })).map(({ id }) => id);

      expect(await idsOf('pending')).toEqual([pending.id]);
      expect(await idsOf('running')).toEqual([held.id]);
      expect(await idsOf('completed')).toEqual([ended.id]);
      expect((await storage.tasks.list({ limit: 1 })).map(({ id }) => id)).toEqual([pending.id]);
    });

    test.each([
      ['100%_\\', true],
      ['ÄRGER', true],
      ['straße', true],
      ['roof BEFORE', true],
      ['100%x', false],
      ['0__', false],
      ['100', true],
    ])('a search for %j: %s', async (q, isFound) => {
      const { storage, projectId, add } = await openBench(opened);
      await add({ title: 'ärger 100%_\\ in the Straße', description: 'Roof before\nwall' });

      expect(await storage.tasks.list({ projectId, q, limit: 9 })).toHaveLength(isFound ? 1 : 0);
    });

    test('a search finds a part of the id', async () => {
      const { storage, projectId, add } = await openBench(opened);
      const task = await add();
      await add();

      const found = await storage.tasks.list({ projectId, q: task.id.slice(8).toUpperCase(), limit: 9 });

      expect(found).toEqual([task]);
    });

    test('the statuses of many tasks come at once', async () => {
      const { storage, add, addHeld } = await openBench(opened);
      const [held, pending] = [await addHeld(), await add()];

      const statuses = await storage.tasks.statuses([pending.id, held.id, newId('task')]);

      expect(statuses).toEqual(
        new Map([
          [pending.id, 'pending'],
          [held.id, 'running'],
        ]),
      );
      expect(await storage.tasks.statuses([])).toEqual(new Map());
    });

    test('only an ended task is deleted, with attempts, log and idempotency key', async () => {
      const { storage, projectId, claim } = await openBench(opened);
      const idempotency = { key: 'k', bodyHash: 'a' };
      const { id } = sampleTask(projectId);
      await storage.tasks.create(sampleTask(projectId, { id }), idempotency);

      expect(await storage.tasks.remove({ id })).toBe('notEnded');
      await claim();
      const chunk = { attempt: 1, seq: 1, at: [now], streams: 'o', lines: ['a line'] };
      await storage.chunks.append({ taskId: id, chunk, nowMs: now, leaseUntilMs: now });
      expect(await storage.tasks.remove({ id })).toBe('notEnded');
      await storage.tasks.change({ id }, () => ({
        task: { status: 'failed', finishedAt: now },
        attempt: { status: 'failed' },
      }));
      expect(await storage.tasks.remove({ id, projectId: newId('project') })).toBe('absent');
      expect((await storage.chunks.read({ taskId: id, limit: 9 })).chunks).toHaveLength(1);

      expect(await storage.tasks.remove({ id, projectId })).toBe('removed');

      expect(await storage.tasks.remove({ id })).toBe('absent');
      expect(await storage.tasks.attempts(id)).toEqual([]);
      expect((await storage.chunks.read({ taskId: id, limit: 9 })).chunks).toEqual([]);
      expect((await storage.tasks.create(sampleTask(projectId), idempotency)).kind).toBe('created');
    });
  });
}
