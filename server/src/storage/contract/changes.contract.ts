import { newId } from '@verve/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { ChangePage } from '../change-feed.ts';
import { PositionInvalid } from '../storage.ts';
import type { OpenStorage } from './open-storage.ts';
import { now, sampleProject, sampleRegistration, sampleTask } from './samples.ts';

/** What every ChangeFeed does. */
export function describeChanges(open: OpenStorage): void {
  describe('changes', () => {
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

    async function read(after: string, limit = 100): Promise<ChangePage & { ids: string[] }> {
      const page = await opened.storage.changes.read({ projectId: project.id, after, limit });
      const ids = page.changes.map(({ change }) =>
        change.kind === 'task' ? change.task.id : change.worker.id,
      );
      return { ...page, ids };
    }

    /** Somebody else's transaction may hold the horizon back for a moment. */
    async function settled(after: string, ids: readonly string[]): Promise<ChangePage> {
      return vi.waitFor(async () => {
        const page = await read(after);
        expect(page.ids).toEqual(ids);
        return page;
      });
    }

    async function createTask(): Promise<string> {
      const task = sampleTask(project.id);
      await opened.storage.tasks.create(task);
      return task.id;
    }

    test('what changes after a position is read in order, whole, and only once', async () => {
      const { changes, tasks, workers } = opened.storage;
      const before = await changes.head();
      const task = await createTask();
      const at = { newId: newId('worker'), nowMs: now, aliveSinceMs: now };
      await workers.register(sampleRegistration(project.id), at);

      const page = await settled(before, [task, at.newId]);

      expect(page.changes.map(({ change }) => change)).toEqual([
        { kind: 'task', task: await tasks.find({ id: task }) },
        { kind: 'worker', worker: await workers.find(at.newId) },
      ]);
      expect((await read(page.next)).changes).toEqual([]);
    });

    test('the position of now leaves out what was before it', async () => {
      const before = await opened.storage.changes.head();
      await settled(before, [await createTask()]);
      const head = await opened.storage.changes.head();

      const second = await createTask();

      await settled(head, [second]);
    });

    test('an object that changed twice comes once, in its newest state', async () => {
      const before = await opened.storage.changes.head();
      const [first, second] = [await createTask(), await createTask()];

      await opened.storage.tasks.change({ id: first }, () => ({ task: { waiting: 'for a node' } }));

      const page = await settled(before, [second, first]);
      expect(page.changes[1]?.change).toMatchObject({ task: { waiting: 'for a node' } });
    });

    test('a full page goes on after its last change, wherever it was cut', async () => {
      const before = await opened.storage.changes.head();
      const ids = [await createTask(), await createTask(), await createTask()];
      await settled(before, ids);

      const first = await read(before, 2);
      const second = await read(first.next, 2);
      const afterOne = await read(first.changes[0]?.position ?? '');

      expect([first.ids, second.ids]).toEqual([ids.slice(0, 2), ids.slice(2)]);
      expect(afterOne.ids).toEqual(ids.slice(1));
    });

    test("other projects' changes are left out, and are there for a reader of all", async () => {
      const { changes, projects, tasks } = opened.storage;
      const before = await changes.head();
      const other = sampleProject();
      await projects.create(other);
      const theirs = sampleTask(other.id);
      await tasks.create(theirs);
      const ours = await createTask();

      await settled(before, [ours]);

      const all = await changes.read({ after: before, limit: 100 });
      expect(all.changes.map(({ change }) => change.kind === 'task' && change.task.id)).toEqual([
        theirs.id,
        ours,
      ]);
    });

    test('a worker that is seen is no change; one that is paused or silent is', async () => {
      const { changes, queue, workers } = opened.storage;
      const at = { newId: newId('worker'), nowMs: now, aliveSinceMs: now };
      const start = await changes.head();
      await workers.register(sampleRegistration(project.id), at);
      const { next } = await settled(start, [at.newId]);

      await queue.renewLeases({
        projectId: project.id,
        workerId: at.newId,
        running: [],
        nowMs: now + 1,
        leaseUntilMs: now + 2,
      });
      expect((await read(next)).ids).toEqual([]);

      await workers.setPaused(at.newId, true);
      const paused = await settled(next, [at.newId]);
      await workers.markDisconnected(now + 1_000);
      await settled(paused.next, [at.newId]);
    });

    test('text that is no position is refused', async () => {
      for (const after of ['', 'x', '1', ':a', '1:A', '-1:a', '99999999999999999999:a', "1:a'b"]) {
        await expect(read(after)).rejects.toBeInstanceOf(PositionInvalid);
      }
    });

    test('a position of the future is of another database and is refused', async () => {
      await expect(read('9000000000000000000:')).rejects.toBeInstanceOf(PositionInvalid);
    });

    test('a deleted task leaves no trace and does not turn readers back', async () => {
      const { changes, tasks } = opened.storage;
      const before = await changes.head();
      const gone = await createTask();
      const { next } = await settled(before, [gone]);
      await tasks.change({ id: gone }, () => ({ task: { status: 'canceled', finishedAt: now } }));
      await tasks.remove({ id: gone });

      const stays = await createTask();

      await settled(next, [stays]);
    });
  });
}
