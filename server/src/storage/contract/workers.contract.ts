import { newId } from '@verve/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { RegisterResult, WorkerRegistration } from '../admin-stores.ts';
import type { WorkerRecord } from '../records.ts';
import type { OpenStorage } from './open-storage.ts';
import { now, sampleProject, sampleRegistration, sampleTask } from './samples.ts';

/** What every WorkerStore does. */
export function describeWorkers(open: OpenStorage): void {
  describe('workers', () => {
    let opened: TestStorage;
    let project = sampleProject();
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());
    beforeEach(async () => {
      project = sampleProject();
      await opened.storage.projects.create(project);
    });

    function register(given: Partial<WorkerRegistration> = {}, nowMs = now): Promise<RegisterResult> {
      const at = { newId: newId('worker'), nowMs, aliveSinceMs: nowMs - 30_000 };
      return opened.storage.workers.register(sampleRegistration(project.id, given), at);
    }

    async function registered(given: Partial<WorkerRegistration> = {}, nowMs = now): Promise<WorkerRecord> {
      const result = await register(given, nowMs);
      if (result.kind === 'taken') throw new Error('the name is taken');
      return result.worker;
    }

    test('a new worker is connected, runs nothing, and is found as it was registered', async () => {
      const registration = {
        instance: 'pod-1',
        labels: { zone: 'a' },
        agents: ['demo', 'claude'],
        repositories: ['https://git.example/**'],
      };

      const worker = await registered(registration);

      expect(worker).toMatchObject({
        ...sampleRegistration(project.id, registration),
        paused: false,
        isConnected: true,
        running: 0,
        registeredAt: now,
        lastSeenAt: now,
      });
      expect(await opened.storage.workers.find(worker.id)).toEqual(worker);
    });

    test('what a worker leaves open is absent', async () => {
      const worker = await registered();

      expect([worker.agents, worker.repositories, worker.instance]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });

    test('the same instance registers again under its id, with what it says now', async () => {
      const first = await registered({ instance: 'one', agents: ['demo'] });

      const again = await register({ instance: 'one', version: '2.0.0' }, now + 5_000);

      expect(again.kind).toBe('known');
      expect(await opened.storage.workers.find(first.id)).toMatchObject({
        version: '2.0.0',
        registeredAt: now,
        lastSeenAt: now + 5_000,
      });
      expect((await opened.storage.workers.find(first.id))?.agents).toBeUndefined();
    });

    test('another instance under the name of one that is alive is refused and changes nothing', async () => {
      const first = await registered({ instance: 'one' });

      expect(await register({ instance: 'two', version: '2.0.0' }, now + 29_999)).toEqual({ kind: 'taken' });

      expect(await opened.storage.workers.find(first.id)).toEqual(first);
    });

    test('another instance takes the name, and the id, of one that is not alive any more', async () => {
      const first = await registered({ instance: 'one' });

      const second = await register({ instance: 'two' }, now + 30_001);

      expect(second).toMatchObject({ kind: 'known', worker: { id: first.id, instance: 'two' } });
    });

    test('a name is free in another project', async () => {
      await registered({ instance: 'one' });
      const other = sampleProject();
      await opened.storage.projects.create(other);

      expect(await register({ projectId: other.id, instance: 'two' })).toMatchObject({ kind: 'created' });
    });

    test("another project's worker is not found", async () => {
      const worker = await registered();

      expect(await opened.storage.workers.find(worker.id, newId('project'))).toBeUndefined();
      expect(await opened.storage.workers.find(worker.id, project.id)).toEqual(worker);
    });

    test('the list is by name, of one project or of all', async () => {
      await registered({ name: 'b' });
      await registered({ name: 'a' });

      expect((await opened.storage.workers.list(project.id)).map(({ name }) => name)).toEqual(['a', 'b']);
      expect((await opened.storage.workers.list()).length).toBeGreaterThan(2);
    });

    test('a pause outlives a registration', async () => {
      const worker = await registered();

      expect(await opened.storage.workers.setPaused(worker.id, true)).toEqual({ ...worker, paused: true });

      expect((await registered()).paused).toBe(true);
      expect(await opened.storage.workers.setPaused(newId('worker'), true)).toBeUndefined();
    });

    test('a worker that is silent is marked disconnected once, and is back when it registers', async () => {
      const { workers } = opened.storage;
      const longAgo = now - 1_000_000;
      const silent = await registered({ name: 'silent' }, longAgo);
      const loud = await registered({ name: 'loud' }, longAgo + 1);

      expect(await workers.markDisconnected(longAgo + 1)).toBe(1);

      expect(await workers.markDisconnected(longAgo + 1)).toBe(0);
      expect((await workers.find(silent.id))?.isConnected).toBe(false);
      expect((await workers.find(loud.id))?.isConnected).toBe(true);
      expect((await registered({ name: 'silent' }, longAgo + 2)).isConnected).toBe(true);
    });

    test('a worker runs as many attempts as it holds', async () => {
      const { queue, tasks, workers } = opened.storage;
      const worker = await registered();
      await tasks.create(sampleTask(project.id));
      await tasks.create(sampleTask(project.id));

      await queue.claim({
        fit: { projectId: project.id, labels: {} },
        workerIds: [worker.id, worker.id],
        nowMs: now,
        leaseUntilMs: now + 30_000,
      });

      expect((await workers.find(worker.id))?.running).toBe(2);
      expect((await workers.setPaused(worker.id, false))?.running).toBe(2);
      expect((await registered()).running).toBe(2);
    });
  });
}
