import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { Pruned } from '../chunk-store.ts';
import type { TaskRecord } from '../records.ts';
import { sampleChunk } from './log-bench.ts';
import type { OpenStorage } from './open-storage.ts';
import { openBench, type Bench } from './queue-bench.ts';
import { now } from './samples.ts';

/** What every ChunkStore does to keep logs within their bounds. */
export function describeRetention(open: OpenStorage): void {
  describe('retention', () => {
    let opened: TestStorage;
    let bench: Bench;
    beforeEach(async () => {
      opened = await open();
      bench = await openBench(opened);
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    test('logs of tasks that ended before a time go, others stay', async () => {
      const [old, young, running] = [await withLog(), await withLog(), await withLog()];
      await bench.end(old, now - 2);
      await bench.end(young, now);

      expect(await prune(9)).toEqual({ tasks: 1, hasMore: false });

      expect(await sizes(old, young, running)).toEqual([0, 2, 2]);
      expect(await prune(9)).toEqual({ tasks: 0, hasMore: false });
      expect(await bench.storage.tasks.find({ id: old.id })).toMatchObject({ status: 'completed' });
    });

    test('the oldest ends have to go until what is left is small enough', async () => {
      const { chunks } = bench.storage;
      const tasks = [await withLog(), await withLog(), await withLog(), await withLog()];
      const [second, first, third] = tasks;
      await bench.end(await bench.addHeld(), now - 40);
      if (second) await bench.end(second, now - 20);
      if (first) await bench.end(first, now - 30);
      if (third) await bench.end(third, now - 10);

      const bounds = [4 * logBytes, 4 * logBytes - 1, 3 * logBytes, 3 * logBytes - 1, 0];

      expect(await Promise.all(bounds.map((maxBytes) => chunks.excessBefore(maxBytes)))).toEqual([
        undefined,
        now - 29,
        now - 29,
        now - 19,
        now - 9,
      ]);
      await prune(9, now - 19);
      expect(await sizes(...tasks)).toEqual([0, 0, 2, 2]);
      expect(await chunks.excessBefore(2 * logBytes)).toBeUndefined();
      expect(await chunks.excessBefore(0)).toBe(now - 9);
    });

    test('a call takes no more tasks than it may, and the next goes on', async () => {
      const tasks = [await withLog(), await withLog(), await withLog()];
      for (const [index, task] of tasks.entries()) await bench.end(task, now - 30 + index);

      expect(await prune(2)).toEqual({ tasks: 2, hasMore: true });
      expect(await sizes(...tasks)).toEqual([0, 0, 2]);
      expect(await prune(2)).toEqual({ tasks: 1, hasMore: false });
    });

    test('tasks without a log are passed and not counted', async () => {
      for (let index = 0; index < 3; index++) await bench.end(await bench.addHeld(), now - 90);
      const task = await withLog();
      await bench.end(task, now - 30);

      expect([await prune(2), await prune(2), await prune(2)]).toEqual([
        { tasks: 0, hasMore: true },
        { tasks: 1, hasMore: true },
        { tasks: 0, hasMore: false },
      ]);
    });

    test('a task that was tried again after its log went loses the new log, too', async () => {
      const task = await withLog();
      await bench.end(task, now - 30);
      await prune(9);
      await bench.storage.tasks.change({ id: task.id }, () => ({
        task: { status: 'pending', finishedAt: undefined },
      }));
      bench.storage.queue.forgetWatermarks();
      const [again] = await bench.claim();
      await append(task, 2, 1);
      expect(await prune(9)).toMatchObject({ tasks: 0 });
      if (again) await bench.end(again, now - 10);

      expect(await prune(9)).toMatchObject({ tasks: 1 });
      expect(await sizes(task)).toEqual([0]);
    });

    function prune(limit: number, endedBefore: number = now): Promise<Pruned> {
      return bench.storage.chunks.prune({ endedBefore, limit });
    }

    async function append(task: TaskRecord, attempt: number, seq: number): Promise<void> {
      const chunk = sampleChunk(seq, { attempt, lines: ['äää', 'abc'], at: [now, now], streams: 'oo' });
      await bench.storage.chunks.append({ taskId: task.id, chunk, nowMs: now, leaseUntilMs: now });
    }

    async function withLog(): Promise<TaskRecord> {
      const task = await bench.addHeld();
      await append(task, 1, 1);
      await append(task, 1, 2);
      return task;
    }

    async function sizes(...tasks: TaskRecord[]): Promise<number[]> {
      const logs = tasks.map(({ id }) => bench.storage.chunks.read({ taskId: id, limit: 9 }));
      return (await Promise.all(logs)).map(({ chunks }) => chunks.length);
    }
  });
}

/** Two chunks of 'äää\nabc' in UTF-8. */
const logBytes = 20;
