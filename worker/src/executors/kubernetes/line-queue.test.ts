import { expect, test } from 'vitest';

import { createLineQueue } from './line-queue.ts';

test('what is put is taken in order, all that is there at once', async () => {
  const queue = createLineQueue<number>(100);

  queue.put([1, 2], 1);
  queue.put([3], 1);

  expect(await queue.take()).toEqual([1, 2, 3]);
});

test('who takes from an empty queue waits', async () => {
  const queue = createLineQueue<number>(100);

  const taken = queue.take();
  queue.put([], 0);
  queue.put([1], 1);

  expect(await taken).toEqual([1]);
});

test('a full queue takes nothing until it is emptied', async () => {
  const queue = createLineQueue<number>(10);

  expect([queue.put([1], 6), queue.put([2], 4), queue.put([3], 1)]).toEqual([true, true, false]);
  expect(await queue.take()).toEqual([1, 2]);
  expect(queue.put([3], 1)).toBe(true);
});

test('an empty queue has room for anything', async () => {
  const queue = createLineQueue<number>(10);

  expect(queue.put([1], 1_000)).toBe(true);
  expect(await queue.take()).toEqual([1]);
});

test('a closed queue gives what it has, and then nothing', async () => {
  const queue = createLineQueue<number>(10);
  queue.put([1], 1);
  queue.close();

  expect([await queue.take(), await queue.take()]).toEqual([[1], undefined]);
});

test('closing wakes who waits', async () => {
  const queue = createLineQueue<number>(10);
  const taken = queue.take();

  queue.close();

  expect(await taken).toBeUndefined();
});

test('very many lines may be put at once', async () => {
  const queue = createLineQueue<number>(10);

  queue.put(Array<number>(300_000).fill(1), 1);

  expect(await queue.take()).toHaveLength(300_000);
});
