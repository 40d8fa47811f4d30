import { expect, test } from 'vitest';

import type { ChunkPage, ChunkQuery, ChunkStore } from '../storage/chunk-store.ts';
import type { ChunkRecord } from '../storage/records.ts';
import { collect } from '../testing/collect.ts';
import { readNewestLines, readPage, readText, type Part } from './log-page.ts';

const lineBytes = 64 * 1024;

interface MemoryLog {
  readonly store: Pick<ChunkStore, 'read'>;
  readonly asked: readonly number[];
}

/** A log in memory that remembers how many chunks it was asked for at once. */
function memoryLog(count: number, linesEach = 1, lineLength = 1): MemoryLog {
  const all: ChunkRecord[] = Array.from({ length: count }, (_, index) => ({
    attempt: 1,
    seq: index + 1,
    at: Array.from({ length: linesEach }, () => 1),
    streams: 'o'.repeat(linesEach),
    lines: Array.from({ length: linesEach }, (_, line) => `${index + 1}.${line}`.padEnd(lineLength, 'x')),
  }));
  const asked: number[] = [];
  const read = async (query: ChunkQuery): Promise<ChunkPage> => {
    asked.push(query.limit);
    const { after, before, tail, limit, maxBytes = Infinity } = query;
    const isForward = after !== undefined;
    const inReach = all.filter(({ seq }) => seq > (after?.seq ?? 0) && seq < (before?.seq ?? Infinity));
    const nearest = (isForward ? inReach : inReach.toReversed()).slice(0, Math.min(limit, tail ?? limit));
    const fitting = Math.max(1, Math.floor(maxBytes / (linesEach * (lineLength + 1))));
    const kept = nearest.slice(0, fitting);
    return { chunks: isForward ? kept : kept.toReversed(), isCut: kept.length < nearest.length };
  };
  return { store: { read }, asked };
}

const filter = { taskId: 'tsk' };
const after = (seq: number, limit: number): Part => ({ kind: 'after', position: { attempt: 1, seq }, limit });

test('a page of small chunks is full after one read', async () => {
  const { store, asked } = memoryLog(300);

  const page = await readPage(store, { filter, part: after(0, 200), hasEnded: false });

  expect(page.chunks.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  expect(page.next).toBe('1.200');
  expect(asked).toEqual([200]);
});

test('a page of large chunks is cut short and can be gone on from', async () => {
  const { store } = memoryLog(100, 16, lineBytes);

  const page = await readPage(store, { filter, part: after(0, 100), hasEnded: true });
  const rest = await readPage(store, { filter, part: after(page.chunks.length, 100), hasEnded: true });

  expect(page.chunks.length * 16 * lineBytes).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(page).toMatchObject({ next: `1.${page.chunks.length}`, isComplete: false });
  expect(rest.chunks[0]?.seq).toBe(page.chunks.length + 1);
});

test('a full page at the very end knows that it is the end', async () => {
  const { store } = memoryLog(5);

  const pages = [3, 5].map((limit) => readPage(store, { filter, part: after(0, limit), hasEnded: true }));

  expect((await Promise.all(pages)).map(({ isComplete }) => isComplete)).toEqual([false, true]);
});

test('pages before a position come in order', async () => {
  const { store } = memoryLog(100);
  const part: Part = { kind: 'before', position: { attempt: 1, seq: 91 }, limit: 40 };

  const page = await readPage(store, { filter, part, hasEnded: true });

  expect(page.chunks.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 51));
  expect(page).toMatchObject({ next: '1.90', isComplete: false });
});

test('the newest lines are found in many small chunks and cut out of large ones', async () => {
  const small = await readNewestLines(memoryLog(2_000).store, 'tsk', false);
  const tooLarge = await readNewestLines(memoryLog(100, 16, lineBytes).store, 'tsk', false);
  const large = await readNewestLines(memoryLog(3, 400).store, 'tsk', false);

  expect(small.chunks.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 500 }, (_, index) => index + 1_501),
  );
  expect(tooLarge.chunks.length).toBeLessThan(10);
  expect(large.chunks.map(({ seq, lines, streams }) => [seq, lines.length, streams.length])).toEqual([
    [2, 100, 100],
    [3, 400, 400],
  ]);
});

test('text has every line once, page after page', async () => {
  const { store } = memoryLog(450, 2);
  const { signal } = new AbortController();

  const pages = await collect(readText(store, { filter, after: { attempt: 0, seq: 0 } }, signal));

  expect(pages.length).toBeGreaterThan(1);
  expect(pages.join('').split('\n')).toHaveLength(450 * 2 + 1);
});

test('text breaks off with an error when the reader is gone', async () => {
  const { store } = memoryLog(450);
  const gone = AbortSignal.abort(new Error('gone'));

  await expect(collect(readText(store, { filter, after: { attempt: 0, seq: 0 } }, gone))).rejects.toThrow(
    'gone',
  );
});
