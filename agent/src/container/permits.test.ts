import { formatContainerPermit, parseContainerPermit } from '@verve/contract/container';
import { expect, test } from 'vitest';

import { createPermits } from './permits.ts';

test('without a permit nothing is left', () => {
  const permits = createPermits();

  permits.nextTick(0);

  expect(permits.leftMs(0)).toBe(-Infinity);
});

test('ticks count from one', () => {
  const permits = createPermits();

  expect([permits.nextTick(0), permits.nextTick(10), permits.nextTick(20)]).toEqual([1, 2, 3]);
});

test('a permit lasts from when its tick was told, however late it comes', () => {
  const permits = createPermits();
  permits.nextTick(1_000);
  permits.nextTick(3_000);

  permits.take({ tick: 1, forMs: 5_000 });

  expect(permits.leftMs(4_000)).toBe(2_000);
  expect(permits.leftMs(7_000)).toBe(-1_000);
});

test('the latest end of all permits counts', () => {
  const permits = createPermits();
  permits.nextTick(1_000);
  permits.nextTick(3_000);

  permits.take({ tick: 2, forMs: 5_000 });
  permits.take({ tick: 1, forMs: 5_000 });

  expect(permits.leftMs(4_000)).toBe(4_000);
});

test('a permit for a tick that was not told counts for nothing, once it is told too', () => {
  const permits = createPermits();
  permits.nextTick(0);

  permits.take({ tick: 2, forMs: 5_000 });
  permits.nextTick(100);
  permits.take({ tick: 2, forMs: 5_000 });

  expect(permits.leftMs(100)).toBe(-Infinity);
});

test('what the worker writes is understood', () => {
  expect(parseContainerPermit(formatContainerPermit({ tick: 3, forMs: 2_500.5 }))).toEqual({
    tick: 3,
    forMs: 2_500.5,
  });
});

test.each([
  ['', 'an empty file'],
  ['{"tick":1', 'half a file'],
  ['{"tick":0,"forMs":5}', 'no tick'],
  ['{"tick":1.5,"forMs":5}', 'half a tick'],
  ['{"tick":1,"forMs":0}', 'no time'],
  ['{"tick":1,"forMs":1e999}', 'endless time'],
  ['null', 'nothing'],
])('%j is no permit: %s', (text) => {
  expect(parseContainerPermit(text)).toBeUndefined();
});
