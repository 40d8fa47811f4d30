import { formatContainerPermit } from '@verve/contract';
import { expect, test } from 'vitest';

import { annotations as names } from '../../kubernetes/run-objects.ts';
import { createDeletionClock } from './deletion-clock.ts';

const deletion = { deletionTimestamp: new Date(0), deletionGracePeriodSeconds: 30 };

/** When a pod is overdue, in seconds after it was seen, looked at each second. */
function overdueAfter(metadata: object): number | undefined {
  let nowMs = 5_000;
  const clock = createDeletionClock(() => nowMs);
  for (let seconds = 0; seconds < 3_600; seconds++, nowMs += 1_000) {
    if (clock.isOverdue({ metadata })) return seconds;
  }
  return undefined;
}

test('a pod that nobody deletes is never overdue', () => {
  expect(overdueAfter({ uid: 'a' })).toBeUndefined();
});

test('a pod that is deleted is overdue after its grace, and a minute to tell', () => {
  expect(overdueAfter({ uid: 'a', ...deletion })).toBe(90);
});

test('a pod that may publish is not overdue before that time is over, too', () => {
  const annotations = { [names.permit]: formatContainerPermit({ tick: 7, forMs: 300_000 }) };

  expect(overdueAfter({ uid: 'a', annotations, ...deletion })).toBe(390);
});

test('a permit that cannot be read is none', () => {
  expect(overdueAfter({ uid: 'a', annotations: { [names.permit]: '{' }, ...deletion })).toBe(90);
});

test('another pod has its own time', () => {
  let nowMs = 0;
  const clock = createDeletionClock(() => nowMs);
  clock.isOverdue({ metadata: { uid: 'a', ...deletion } });
  nowMs = 100_000;

  expect(clock.isOverdue({ metadata: { uid: 'b', ...deletion } })).toBe(false);
  expect(clock.isOverdue({ metadata: { uid: 'b' } })).toBe(false);
});
