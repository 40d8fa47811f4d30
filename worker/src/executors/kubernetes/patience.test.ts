import { expect, test } from 'vitest';

import type { Hindrance } from './hindrance.ts';
import { createPatience } from './patience.ts';

const limits = { graceSeconds: 30, pendingSeconds: 900 };

function hindrance(kind: Hindrance['kind'], words = kind as string): Hindrance {
  return { kind, phase: 'agent', words, verdict: { status: 'failed', reason: words } };
}

/** A patience, and what it says at a second of a run that is in `agent` from the start. */
function begin(): (second: number, what?: Hindrance, phase?: Hindrance['phase']) => string | undefined {
  let now = 0;
  const patience = createPatience(limits, () => now * 1_000);
  return (second, what, phase = 'agent') => {
    now = second;
    return patience.judge(what, phase)?.reason;
  };
}

test.each([
  ['image', 30],
  ['config', 30],
  ['place', 900],
] as const)('a hindrance of kind %s may last %d seconds', (kind, seconds) => {
  const judge = begin();

  expect(judge(0, hindrance(kind))).toBeUndefined();
  expect(judge(seconds - 0.001, hindrance(kind))).toBeUndefined();
  expect(judge(seconds, hindrance(kind))).toBe(kind);
});

test('what never passes ends a run at once', () => {
  expect(begin()(0, hindrance('broken'))).toBe('broken');
});

test('what the kubelet tells late counts from before', () => {
  const judge = begin();
  judge(0);
  judge(100, hindrance('image'));

  expect(judge(113.9, hindrance('image'))).toBeUndefined();
  expect(judge(114, hindrance('image'))).toBe('image');
});

test('what is told soon after a phase began counts from there', () => {
  const judge = begin();
  judge(0, undefined, 'checkout');
  judge(100);
  judge(113, hindrance('image'));

  expect(judge(129.9, hindrance('image'))).toBeUndefined();
  expect(judge(130, hindrance('image'))).toBe('image');
});

test('other words of one kind go on counting, those of another kind begin anew', () => {
  const judge = begin();
  judge(0);
  judge(100, hindrance('image', 'ErrImagePull'));
  judge(110, hindrance('image', 'ImagePullBackOff'));

  expect(judge(114, hindrance('image', 'ErrImagePull'))).toBe('ErrImagePull');
  expect(judge(114, hindrance('config'))).toBeUndefined();
});

test('a hindrance that passed begins anew', () => {
  const judge = begin();
  judge(100, hindrance('image'));
  judge(110);
  judge(120, hindrance('image'));

  expect(judge(133, hindrance('image'))).toBeUndefined();
  expect(judge(140, hindrance('image'))).toBe('image');
});

test('a phase does not pay for the one before', () => {
  const judge = begin();
  judge(0, hindrance('image'), 'checkout');
  judge(29, hindrance('image'), 'checkout');
  judge(31, hindrance('image'));

  expect(judge(60.9, hindrance('image'))).toBeUndefined();
  expect(judge(61, hindrance('image'))).toBe('image');
});
