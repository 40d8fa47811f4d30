import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { NewTask, TaskChange } from '../task-store.ts';
import type { OpenStorage } from './open-storage.ts';
import { sampleProject, sampleTask } from './samples.ts';

const day = 86_400_000;
const midnight = Date.parse('2026-03-02T00:00:00Z');

/** What every StatsStore does. */
export function describeStats(open: OpenStorage): void {
  describe('statistics', () => {
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

    async function ended(task: Partial<NewTask>, end: TaskChange['task']): Promise<void> {
      const created = sampleTask(project.id, task);
      await opened.storage.tasks.create(created);
      await opened.storage.tasks.change({ id: created.id }, () => ({ task: { ...end } }));
    }

    test('nothing has no percentiles, no days and a queue of nobody', async () => {
      const range = { projectId: project.id, fromMs: midnight, toMs: midnight + day, nowMs: midnight };

      expect(await opened.storage.stats.read(range)).toEqual({
        from: '2026-03-02T00:00:00.000Z',
        to: '2026-03-03T00:00:00.000Z',
        queue: { pending: 0, running: 0 },
        totals: { completed: 0, failed: 0, canceled: 0, costUsd: 0, inputTokens: 0, outputTokens: 0 },
        reasons: {},
        days: [],
        agents: [],
      });
    });

    test('ends are summed by day in UTC, by agent and by reason', async () => {
      const usage = { costUsd: 0.25, inputTokens: 3_000_000_000, outputTokens: 20 };
      await ended(
        { agent: 'claude' },
        { status: 'completed', reason: 'BranchPushed', finishedAt: midnight, usage },
      );
      await ended(
        { agent: 'claude' },
        { status: 'completed', reason: 'BranchPushed', finishedAt: midnight - 1, usage },
      );
      await ended({}, { status: 'failed', reason: 'AgentFailed', finishedAt: midnight + 1 });
      await ended({ agent: 'claude' }, { status: 'canceled', reason: 'Canceled', finishedAt: midnight + 2 });

      const stats = await opened.storage.stats.read({
        projectId: project.id,
        fromMs: midnight - day,
        toMs: midnight + day,
        nowMs: midnight,
      });

      const two = { costUsd: 0.5, inputTokens: 6_000_000_000, outputTokens: 40 };
      const none = { costUsd: 0, inputTokens: 0, outputTokens: 0 };
      expect(stats.totals).toEqual({ completed: 2, failed: 1, canceled: 1, ...two });
      expect(stats.reasons).toEqual({ BranchPushed: 2, AgentFailed: 1, Canceled: 1 });
      expect(stats.days).toEqual([
        { day: '2026-03-01', completed: 1, failed: 0, canceled: 0, ...usage },
        { day: '2026-03-02', completed: 1, failed: 1, canceled: 1, ...usage },
      ]);
      expect(stats.agents).toEqual([
        { agent: 'claude', completed: 2, failed: 0, canceled: 1, ...two },
        { agent: 'default', completed: 0, failed: 1, canceled: 0, ...none },
      ]);
    });

    test('a range takes its first moment in and leaves its last one out', async () => {
      for (const finishedAt of [midnight - 1, midnight, midnight + 9, midnight + 10]) {
        await ended({}, { status: 'completed', finishedAt });
      }

      const range = { projectId: project.id, fromMs: midnight, toMs: midnight + 10, nowMs: midnight };

      expect((await opened.storage.stats.read(range)).totals.completed).toBe(2);
    });

    test('percentiles are by nearest rank, and a task that never started has no start', async () => {
      for (const seconds of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
        const createdAt = midnight - seconds * 1_000;
        const startedAt = createdAt + seconds * 100;
        await ended({ createdAt }, { status: 'completed', startedAt, finishedAt: midnight });
      }
      await ended({ createdAt: midnight - 20_000 }, { status: 'canceled', finishedAt: midnight });

      const { startSeconds, finishSeconds } = await opened.storage.stats.read({
        projectId: project.id,
        fromMs: midnight,
        toMs: midnight + 1,
        nowMs: midnight,
      });

      expect(startSeconds).toEqual({ p50: 0.5, p95: 1 });
      expect(finishSeconds).toEqual({ p50: 6, p95: 20 });
    });

    test('the queue is of now, of the project alone or of all', async () => {
      const other = sampleProject();
      await opened.storage.projects.create(other);
      await opened.storage.tasks.create(sampleTask(other.id, { createdAt: midnight - 50_000 }));
      await opened.storage.tasks.create(sampleTask(project.id, { createdAt: midnight - 2_500 }));
      const range = { fromMs: 0, toMs: 1, nowMs: midnight };

      const own = await opened.storage.stats.read({ ...range, projectId: project.id });
      const all = await opened.storage.stats.read(range);

      expect(own.queue).toEqual({ pending: 1, running: 0, oldestPendingSeconds: 2.5 });
      expect(all.queue).toMatchObject({ pending: 2, oldestPendingSeconds: 50 });
    });
  });
}
