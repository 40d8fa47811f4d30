import { newId } from '@verve/contract';
import { expect, test } from 'vitest';

import { advance, taskIdsSince, wholeQueue } from './watermark.ts';

const top = wholeQueue[0]?.highest;
const bottom = wholeQueue[0]?.lowest;

test('a claim that found the end of the queue makes all of it known', () => {
  expect(advance(wholeQueue, undefined, 'tsk_5')).toEqual([{ highest: top, lowest: bottom, after: 'tsk_5' }]);
});

test('a claim makes known what is above it and its own level up to it', () => {
  expect(advance(wholeQueue, { priority: 0, id: 'tsk_3' }, 'tsk_5')).toEqual([
    { highest: top, lowest: 1, after: 'tsk_5' },
    { highest: 0, lowest: 0, after: 'tsk_3' },
    { highest: -1, lowest: bottom, after: '' },
  ]);
});

test('a younger task than the horizon is never made known', () => {
  const [, level] = advance(wholeQueue, { priority: 0, id: 'tsk_7' }, 'tsk_5');

  expect(level?.after).toBe('tsk_5');
});

test('a claim at a higher priority keeps what is known of the lower ones', () => {
  const before = advance(wholeQueue, { priority: 0, id: 'tsk_3' }, 'tsk_5');

  expect(advance(before, { priority: 10, id: 'tsk_4' }, 'tsk_6')).toEqual([
    { highest: top, lowest: 11, after: 'tsk_6' },
    { highest: 10, lowest: 10, after: 'tsk_4' },
    { highest: 9, lowest: 1, after: 'tsk_5' },
    { highest: 0, lowest: 0, after: 'tsk_3' },
    { highest: -1, lowest: bottom, after: '' },
  ]);
});

test('a claim again at a level moves it on', () => {
  const before = advance(wholeQueue, { priority: 0, id: 'tsk_3' }, 'tsk_5');

  expect(advance(before, { priority: 0, id: 'tsk_4' }, 'tsk_6')).toEqual([
    { highest: top, lowest: 1, after: 'tsk_6' },
    { highest: 0, lowest: 0, after: 'tsk_4' },
    { highest: -1, lowest: bottom, after: '' },
  ]);
});

test('the bands always cover every priority once, highest first, and stay few', () => {
  let watermark = wholeQueue;
  for (let step = 0; step < 500; step++) {
    const priority = ((step * 7_919) % 201) - 100;
    watermark = advance(watermark, { priority, id: `tsk_${step}` }, `tsk_${step}`);

    expect(watermark.length).toBeLessThanOrEqual(10);
    expect(watermark[0]?.highest).toBe(top);
    expect(watermark.at(-1)?.lowest).toBe(bottom);
    for (const [index, band] of watermark.entries()) {
      const next = watermark[index + 1];
      expect(band.highest).toBeGreaterThanOrEqual(band.lowest);
      expect(next === undefined || next.highest === band.lowest - 1).toBe(true);
    }
  }
});

test('the beginning of an id tells its time', () => {
  const before = Date.now();
  const id = newId('task');
  const after = Date.now() + 1;

  expect(taskIdsSince(before) < id).toBe(true);
  expect(id < taskIdsSince(after)).toBe(true);
});
