import type { Phase } from '@verve/contract';
import { expect, test } from 'vitest';

import type { RunLine } from './executor.ts';
import { cutChunks, liveBounds, type ChunkBounds } from './log-chunks.ts';

const never = new AbortController().signal;

function lineOf(text: string, phase: Phase = 'agent'): RunLine {
  return { atMs: 1, stream: 'o', phase, text, cursor: text };
}

async function textsOf(
  batches: readonly (readonly RunLine[])[],
  bounds: ChunkBounds = liveBounds,
): Promise<string[][]> {
  async function* follow(): AsyncGenerator<readonly RunLine[]> {
    yield* batches;
  }
  const chunks: string[][] = [];
  for await (const chunk of cutChunks(follow, bounds, never)) chunks.push(chunk.map((line) => line.text));
  return chunks;
}

test('chunks are full but never over the number of lines', async () => {
  const lines = Array.from({ length: 120 }, (_, n) => lineOf(`${n}`));

  const chunks = await textsOf([lines.slice(0, 7), lines.slice(7)]);

  expect(chunks.map((chunk) => chunk.length)).toEqual([50, 50, 20]);
  expect(chunks.flat()).toEqual(lines.map((line) => line.text));
});

test('chunks are never over the bytes, unless one line is', async () => {
  const bounds = { ...liveBounds, bytes: 10 };

  expect(
    await textsOf([[lineOf('123456'), lineOf('1234'), lineOf('5'), lineOf('x'.repeat(20))]], bounds),
  ).toEqual([['123456', '1234'], ['5'], ['x'.repeat(20)]]);
});

test('a chunk is of one phase', async () => {
  expect(await textsOf([[lineOf('a', 'checkout'), lineOf('b'), lineOf('c')]])).toEqual([['a'], ['b', 'c']]);
});

test('what is there goes when nothing more comes, and giving up ends the following', async () => {
  let isFollowed = true;
  async function* follow(signal: AbortSignal): AsyncGenerator<readonly RunLine[]> {
    yield [lineOf('a')];
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    isFollowed = false;
  }

  for await (const chunk of cutChunks(follow, { ...liveBounds, idleMs: 5 }, never)) {
    expect(chunk).toEqual([lineOf('a')]);
    break;
  }

  expect(isFollowed).toBe(false);
});
