import { newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import { appendLeaseMs, openLogBench } from './log-bench.ts';
import type { OpenStorage } from './open-storage.ts';
import { leaseUntilMs } from './queue-bench.ts';
import { now } from './samples.ts';

/** What every ChunkStore does with chunks that come in. */
export function describeAppends(open: OpenStorage): void {
  describe('appends', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a chunk comes back as it went in', async () => {
      const { storage, task, append } = await openLogBench(opened);
      const at = [now, now + 3, now - 8, now];
      const lines = ['', ' ä 😀 \t', 'x'.repeat(60_000), ''];

      expect(await append(1, { at, streams: 'oevo', lines, cursor: 'c1' })).toEqual({ kind: 'stored' });

      const chunk = { attempt: 1, seq: 1, phase: 'agent', at, streams: 'oevo', lines };
      expect((await storage.chunks.read({ taskId: task.id, limit: 9 })).chunks).toEqual([chunk]);
    });

    test('the first chunk acknowledges the claim and gives it its lease, later ones do not', async () => {
      const { task, append, attempt } = await openLogBench(opened);

      await append(1);
      expect(await attempt(task)).toMatchObject({ isAcknowledged: true, leaseUntil: appendLeaseMs });
      await append(2, {}, { leaseUntilMs: appendLeaseMs + 1 });

      expect(await attempt(task)).toMatchObject({ leaseUntil: appendLeaseMs });
    });

    test('a first chunk that is refused acknowledges nothing', async () => {
      const { task, append, attempt } = await openLogBench(opened);

      await append(1, {}, { projectId: newId('project') });
      await append(2);

      expect(await attempt(task)).toMatchObject({ isAcknowledged: false, leaseUntil: leaseUntilMs });
    });

    test('the same chunk again is no second one', async () => {
      const { storage, task, append } = await openLogBench(opened);
      await append(1, { cursor: 'c' });
      await append(2);

      expect(await append(1, { cursor: 'c' })).toEqual({ kind: 'repeated' });
      expect(await append(2)).toEqual({ kind: 'repeated' });

      expect((await storage.chunks.read({ taskId: task.id, limit: 9 })).chunks).toHaveLength(2);
    });

    test.each([
      ['lines', { lines: ['other'] }],
      ['times', { at: [now] }],
      ['streams', { streams: 'e' }],
      ['phase', { phase: undefined }],
      ['cursor', { cursor: 'other' }],
      ['number of lines', { lines: ['1.1', ''], at: [now + 1, now + 1], streams: 'oo' }],
    ] as const)('the same seq with other %s is taken', async (_, over) => {
      const { append, storage, task } = await openLogBench(opened);
      await append(1, { cursor: 'c' });
      await append(2);

      const result = await append(1, { cursor: 'c', ...over } as Parameters<typeof append>[1]);

      expect(result).toEqual({ kind: 'seqTaken', expectedSeq: 3 });
      expect((await storage.chunks.read({ taskId: task.id, limit: 9 })).chunks).toMatchObject([
        { lines: ['1.1'] },
        { lines: ['1.2'] },
      ]);
    });

    test('a chunk after a gap is refused with the seq that is expected', async () => {
      const { append } = await openLogBench(opened);

      expect(await append(2)).toEqual({ kind: 'hole', expectedSeq: 1 });
      await append(1);
      expect(await append(3)).toEqual({ kind: 'hole', expectedSeq: 2 });
      expect(await append(2)).toEqual({ kind: 'stored' });
    });

    test('an unknown task, attempt or project is absent', async () => {
      const { append, projectId } = await openLogBench(opened);

      expect(await append(1, {}, { taskId: newId('task') })).toEqual({ kind: 'absent' });
      expect(await append(1, { attempt: 2 })).toEqual({ kind: 'absent' });
      expect(await append(1, {}, { projectId: newId('project') })).toEqual({ kind: 'absent' });
      expect(await append(1, {}, { projectId })).toEqual({ kind: 'stored' });
    });

    test('from an attempt that was taken back only a repeat is taken', async () => {
      const { append, task, requeue, claim } = await openLogBench(opened);
      await append(1);
      await requeue(task);

      expect(await append(1)).toEqual({ kind: 'repeated' });
      expect(await append(1, { lines: ['other'] })).toEqual({
        kind: 'superseded',
        attempt: 1,
        status: 'lost',
      });
      expect(await append(2)).toEqual({ kind: 'superseded', attempt: 1, status: 'lost' });

      await claim();
      expect(await append(1)).toEqual({ kind: 'repeated' });
      expect(await append(2)).toEqual({ kind: 'superseded', attempt: 2, status: 'running' });
      expect(await append(1, { attempt: 2 })).toEqual({ kind: 'stored' });
    });

    test('an attempt that ended takes nothing new', async () => {
      const { append, task, end } = await openLogBench(opened);
      await append(1);
      await end(task);

      expect(await append(1)).toEqual({ kind: 'repeated' });
      expect(await append(2)).toEqual({ kind: 'superseded', attempt: 1, status: 'completed' });
    });

    test('of many equal chunks at once one is stored and the others are repeats', async () => {
      const { append, storage, task } = await openLogBench(opened);
      for (let seq = 1; seq <= 5; seq++) {
        const results = await Promise.all(Array.from({ length: 12 }, () => append(seq)));

        const kinds = results.map(({ kind }) => kind).toSorted();
        expect(kinds).toEqual([...Array.from({ length: 11 }, () => 'repeated'), 'stored']);
      }
      expect((await storage.chunks.read({ taskId: task.id, limit: 99 })).chunks).toHaveLength(5);
    });

    test('of many different chunks at once under one seq one is stored and the others learn it', async () => {
      const { append, storage, task } = await openLogBench(opened);
      for (let seq = 1; seq <= 5; seq++) {
        const given = Array.from({ length: 12 }, (_, index) => [`line ${index}`]);
        const results = await Promise.all(given.map((lines) => append(seq, { lines })));

        const refused = results.filter(({ kind }) => kind !== 'stored');
        expect(refused).toEqual(
          Array.from({ length: 11 }, () => ({ kind: 'seqTaken', expectedSeq: seq + 1 })),
        );
        const { chunks } = await storage.chunks.read({ taskId: task.id, tail: 1, limit: 1 });
        const [stored] = chunks;
        expect(stored?.lines).toEqual(given[results.findIndex(({ kind }) => kind === 'stored')]);
      }
    });

    test('chunks sent at once in any order leave no gap and no second copy', async () => {
      const { append, storage, task } = await openLogBench(opened);
      const pending = new Set(Array.from({ length: 20 }, (_, index) => 20 - index));

      while (pending.size > 0) {
        const sent = [...pending];
        const results = await Promise.all(sent.map((seq) => append(seq)));
        const taken = sent.filter((_, index) => results[index]?.kind !== 'hole');
        for (const seq of taken) pending.delete(seq);
      }

      const { chunks: stored } = await storage.chunks.read({ taskId: task.id, limit: 99 });
      expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    test('an append that races a take-back is stored and there, or refused and not there', async () => {
      for (let round = 0; round < 25; round++) {
        const { append, storage, task, requeue } = await openLogBench(opened);
        await append(1);

        const [result] = await Promise.all([append(2), requeue(task)]);

        const { chunks } = await storage.chunks.read({ taskId: task.id, limit: 9 });
        const { length } = chunks;
        expect([result.kind, length]).toEqual(result.kind === 'stored' ? ['stored', 2] : ['superseded', 1]);
        expect(await append(3)).toMatchObject({ kind: 'superseded' });
      }
    });
  });
}
