import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
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

      expect(await bench.storage.chunks.prune({ endedBefore: now, limit: 9 })).toBe(1);

      expect(await sizes(old, young, running)).toEqual([0, 2, 2]);
      expect(await bench.storage.chunks.prune({ endedBefore: now, limit: 9 })).toBe(0);
      expect(await bench.storage.tasks.find({ id: old.id })).toMatchObject({ status: 'completed' });
    });

    test('the oldest ends go first until what is left is small enough', async () => {
      const [second, first, third, running] = [
        await withLog(),
        await withLog(),
        await withLog(),
        await withLog(),
      ];
      await bench.end(second, now - 20);
      await bench.end(first, now - 30);
      await bench.end(third, now - 10);

      expect(await bench.storage.chunks.prune({ maxBytes: 4 * logBytes, limit: 9 })).toBe(0);
      expect(await bench.storage.chunks.prune({ maxBytes: 3 * logBytes - 1, limit: 9 })).toBe(2);

      expect(await sizes(first, second, third, running)).toEqual([0, 0, 2, 2]);
      expect(await bench.storage.chunks.prune({ maxBytes: 0, limit: 9 })).toBe(1);
      expect(await sizes(third, running)).toEqual([0, 2]);
    });

    test('a call takes no more tasks than it may, and the next goes on', async () => {
      const tasks = [await withLog(), await withLog(), await withLog()];
      for (const [index, task] of tasks.entries()) await bench.end(task, now - 30 + index);

      expect(await bench.storage.chunks.prune({ endedBefore: now, limit: 2 })).toBe(2);
      expect(await sizes(...tasks)).toEqual([0, 0, 2]);
      expect(await bench.storage.chunks.prune({ endedBefore: now, limit: 2 })).toBe(1);
    });

    test('tasks without a log are passed and not counted', async () => {
      for (let index = 0; index < 3; index++) await bench.end(await bench.addHeld(), now - 90);
      const task = await withLog();
      await bench.end(task, now - 30);

      const counts = [];
      for (let call = 0; call < 3; call++) {
        counts.push(await bench.storage.chunks.prune({ endedBefore: now, limit: 2 }));
      }

      expect(counts).toEqual([0, 1, 0]);
    });

    test('a task that was tried again after its log went loses the new log, too', async () => {
      const task = await withLog();
      await bench.end(task, now - 30);
      await bench.storage.chunks.prune({ endedBefore: now, limit: 9 });
      await bench.storage.tasks.change({ id: task.id }, () => ({
        task: { status: 'pending', finishedAt: undefined },
      }));
      bench.storage.queue.forgetWatermarks();
      const [again] = await bench.claim();
      await append(task, 2, 1);
      expect(await bench.storage.chunks.prune({ endedBefore: now, limit: 9 })).toBe(0);
      if (again) await bench.end(again, now - 10);

      expect(await bench.storage.chunks.prune({ endedBefore: now, limit: 9 })).toBe(1);
      expect(await sizes(task)).toEqual([0]);
    });

    test('no bound, nothing goes', async () => {
      const task = await withLog();
      await bench.end(task, 0);

      expect(await bench.storage.chunks.prune({ limit: 9 })).toBe(0);
      expect(await sizes(task)).toEqual([2]);
    });

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
      return (await Promise.all(logs)).map(({ length }) => length);
    }
  });
}

/** Two chunks of 'äää\nabc' in UTF-8. */
const logBytes = 20;
