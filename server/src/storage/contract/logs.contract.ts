import { newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { ChunkQuery } from '../chunk-store.ts';
import type { ChunkRecord } from '../records.ts';
import { openLogBench, type LogBench } from './log-bench.ts';
import type { OpenStorage } from './open-storage.ts';

/** What every ChunkStore does for those who read. */
export function describeLogs(open: OpenStorage): void {
  describe('logs', () => {
    let opened: TestStorage;
    let bench: LogBench;
    /** Attempt 1 has the chunks 1..12, attempt 2 the chunks 1..3; sorted by text, 10 would come before 2. */
    beforeAll(async () => {
      opened = await open();
      bench = await openLogBench(opened);
      for (let seq = 1; seq <= 12; seq++) await bench.append(seq);
      await bench.requeue(bench.task);
      await bench.claim();
      for (let seq = 1; seq <= 3; seq++) await bench.append(seq, { attempt: 2 });
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test.each<[string, Partial<ChunkQuery>, string[]]>([
      ['from the beginning', { limit: 2 }, ['1.1', '1.2']],
      ['after a chunk', { after: { attempt: 1, seq: 9 }, limit: 3 }, ['1.10', '1.11', '1.12']],
      ['after the end of an attempt', { after: { attempt: 1, seq: 12 } }, ['2.1', '2.2', '2.3']],
      ['after the end', { after: { attempt: 2, seq: 3 } }, []],
      ['before a chunk', { before: { attempt: 2, seq: 2 }, limit: 3 }, ['1.11', '1.12', '2.1']],
      ['before the beginning', { before: { attempt: 1, seq: 1 } }, []],
      ['the newest', { tail: 4 }, ['1.12', '2.1', '2.2', '2.3']],
      ['the newest, but no more than the limit', { tail: 4, limit: 2 }, ['2.2', '2.3']],
      ['of one attempt', { attempt: 2 }, ['2.1', '2.2', '2.3']],
      [
        'of one attempt after a chunk of another',
        { attempt: 2, after: { attempt: 1, seq: 4 }, limit: 1 },
        ['2.1'],
      ],
      ['of one attempt after its end', { attempt: 1, after: { attempt: 2, seq: 1 } }, []],
      ['of one attempt before a chunk', { attempt: 1, before: { attempt: 1, seq: 3 } }, ['1.1', '1.2']],
      ['of one attempt, the newest', { attempt: 1, tail: 2 }, ['1.11', '1.12']],
      ['of an attempt that is not there', { attempt: 3 }, []],
      ['with a text', { q: '.12' }, ['1.12']],
      ['with a text, the newest', { q: '.1', tail: 2 }, ['1.12', '2.1']],
      ['with a text that nothing has', { q: '%' }, []],
    ])('reads %s', async (_, query, expected) => {
      const { chunks } = await bench.storage.chunks.read({ taskId: bench.task.id, limit: 99, ...query });

      expect(chunks.map(lineOf)).toEqual(expected);
    });

    test('a text is found whatever its case', async () => {
      const { append, storage, task } = await openLogBench(opened);
      await append(1, { lines: ['Ärger 100%'] });
      await append(2, { lines: ['nothing'] });

      const { chunks } = await storage.chunks.read({ taskId: task.id, q: 'äRGER 100%', limit: 9 });

      expect(chunks.map(({ seq }) => seq)).toEqual([1]);
    });

    test('many readers each get what is new for them, in the order of the question', async () => {
      const { storage, task } = bench;
      const other = await openLogBench(opened);
      await other.append(1, { lines: ['other'] });
      const logs = [
        { taskId: task.id, after: { attempt: 1, seq: 11 } },
        { taskId: other.task.id, after: { attempt: 0, seq: 0 } },
        { taskId: task.id, attempt: 2, after: { attempt: 0, seq: 0 } },
        { taskId: task.id, attempt: 1, after: { attempt: 1, seq: 10 } },
        { taskId: task.id, attempt: 1, after: { attempt: 2, seq: 1 } },
        { taskId: newId('task'), after: { attempt: 0, seq: 0 } },
        { taskId: task.id, after: { attempt: 1, seq: 11 } },
      ];

      const each = { limit: 2, maxBytes: 1_000 };
      const answers = await storage.chunks.readFollowed(logs, each);

      expect(answers.map(({ chunks }) => chunks.map(lineOf))).toEqual([
        ['1.12', '2.1'],
        ['other'],
        ['2.1', '2.2'],
        ['1.11', '1.12'],
        [],
        [],
        ['1.12', '2.1'],
      ]);
      expect(answers[0]).toEqual(
        await storage.chunks.read({ taskId: task.id, after: { attempt: 1, seq: 11 }, limit: 2 }),
      );
      expect(await storage.chunks.readFollowed([], each)).toEqual([]);
    });

    test('a read ends where the bytes would be too many, but not before its first chunk', async () => {
      const { append, storage, task } = await openLogBench(opened);
      // Of 4, 6, 4 and 2 bytes in UTF-8.
      for (const [index, line] of ['aaaa', 'äää', 'bbbb', 'cc'].entries()) {
        await append(index + 1, { lines: [line] });
      }
      const read = async (query: Partial<ChunkQuery>): Promise<unknown> => {
        const page = await storage.chunks.read({ taskId: task.id, limit: 9, ...query });
        return [page.chunks.map(({ seq }) => seq), page.isCut];
      };
      const follow = async (maxBytes: number, limit = 9): Promise<unknown> => {
        const logs = [0, 2, 4].map((seq) => ({ taskId: task.id, after: { attempt: 1, seq } }));
        const pages = await storage.chunks.readFollowed(logs, { limit, maxBytes });
        return pages.map(({ chunks, isCut }) => [chunks.map(({ seq }) => seq), isCut]);
      };

      expect(await read({ maxBytes: 16 })).toEqual([[1, 2, 3, 4], false]);
      expect(await read({ maxBytes: 15 })).toEqual([[1, 2, 3], true]);
      expect(await read({ maxBytes: 9 })).toEqual([[1], true]);
      expect(await read({ maxBytes: 1 })).toEqual([[1], true]);
      expect(await read({ maxBytes: 10, limit: 2 })).toEqual([[1, 2], false]);
      expect(await read({ maxBytes: 6, tail: 3 })).toEqual([[3, 4], true]);
      expect(await read({ maxBytes: 10, before: { attempt: 1, seq: 4 } })).toEqual([[2, 3], true]);
      expect(await read({ maxBytes: 5, q: 'ÄÄ' })).toEqual([[2], false]);
      expect(await read({ maxBytes: 1, after: { attempt: 1, seq: 4 } })).toEqual([[], false]);
      expect(await follow(10)).toEqual([
        [[1, 2], true],
        [[3, 4], false],
        [[], false],
      ]);
      expect(await follow(1, 1)).toEqual([
        [[1], false],
        [[3], false],
        [[], false],
      ]);
    });

    test('a position is the last seq and the newest cursor, also of an attempt that is over', async () => {
      const { append, storage, task, projectId, requeue } = await openLogBench(opened);
      expect(await storage.chunks.position(task.id, 1, projectId)).toEqual({ lastSeq: 0 });
      await append(1, { cursor: 'a' });
      await append(2, { cursor: 'b' });
      await append(3);
      await requeue(task);

      expect(await storage.chunks.position(task.id, 1, projectId)).toEqual({ lastSeq: 3, cursor: 'b' });
      expect(await storage.chunks.position(task.id, 1)).toEqual({ lastSeq: 3, cursor: 'b' });
      expect(await storage.chunks.position(task.id, 2)).toBeUndefined();
      expect(await storage.chunks.position(task.id, 1, newId('project'))).toBeUndefined();
    });
  });
}

function lineOf(chunk: ChunkRecord): string {
  return chunk.lines.join('\n');
}
