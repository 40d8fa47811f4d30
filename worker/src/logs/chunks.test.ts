import type { Phase } from '@verve/contract';
import { expect, test } from 'vitest';

import type { RunLine } from '../executor.ts';
import { chunkBounds, cutChunks, type ChunkBounds } from './chunks.ts';

function lineOf(text: string, phase: Phase = 'agent'): RunLine {
  return { atMs: 1, stream: 'o', phase, text, cursor: text };
}

function numbers(count: number): RunLine[] {
  return Array.from({ length: count }, (_, n) => lineOf(`${n}`));
}

async function textsOf(
  batches: readonly (readonly RunLine[])[],
  bounds: ChunkBounds = chunkBounds,
): Promise<string[][]> {
  const left = [...batches];
  const chunks: string[][] = [];
  for await (const chunk of cutChunks(async () => left.shift(), bounds)) {
    chunks.push(chunk.map((line) => line.text));
  }
  return chunks;
}

test('chunks are full but never over the number of lines', async () => {
  const lines = numbers(120);

  const chunks = await textsOf([lines.slice(0, 7), lines.slice(7)]);

  expect(chunks.map((chunk) => chunk.length)).toEqual([50, 50, 20]);
  expect(chunks.flat()).toEqual(lines.map((line) => line.text));
});

test('chunks are larger while many lines wait', async () => {
  const chunks = await textsOf([numbers(2_500)]);

  expect(chunks.map((chunk) => chunk.length)).toEqual([1_000, 1_000, 500]);
});

test('chunks are never over the bytes, unless one line is', async () => {
  const bounds = { ...chunkBounds, live: { lines: 50, bytes: 10 } };

  expect(
    await textsOf([[lineOf('123456'), lineOf('1234'), lineOf('5'), lineOf('x'.repeat(20))]], bounds),
  ).toEqual([['123456', '1234'], ['5'], ['x'.repeat(20)]]);
});

test('a chunk is of one phase', async () => {
  expect(await textsOf([[lineOf('a', 'checkout'), lineOf('b'), lineOf('c')]])).toEqual([['a'], ['b', 'c']]);
});

test('what is there goes when nothing more comes', async () => {
  const batches: Promise<readonly RunLine[] | undefined>[] = [
    Promise.resolve([lineOf('a')]),
    new Promise(() => undefined),
  ];

  const chunks = cutChunks(async () => batches.shift(), { ...chunkBounds, idleMs: 5 });

  expect((await chunks.next()).value).toEqual([lineOf('a')]);
});

test('a line is not held for long although more and more come', async () => {
  const bounds = { ...chunkBounds, idleMs: 1_000, ageMs: 5 };
  let count = 0;
  async function read(): Promise<readonly RunLine[]> {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return [lineOf(`${count++}`)];
  }

  const { value } = await cutChunks(read, bounds).next();

  expect(value?.length).toBeLessThan(bounds.live.lines);
});

test('an error of the source comes out', async () => {
  const chunks = cutChunks(async () => Promise.reject(new Error('gone')), chunkBounds);

  await expect(chunks.next()).rejects.toThrow('gone');
});
