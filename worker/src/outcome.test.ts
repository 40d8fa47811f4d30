import { expect, test } from 'vitest';

import { outcomeOf } from './outcome.ts';

const commit = 'a'.repeat(40);
const canceled = { reason: 'Canceled', message: 'by Ada' } as const;
const base = { attempt: 1, lastSeq: 3 };

test('work that was published before the stop arrived stays completed', () => {
  const left = { status: 'completed', reason: 'BranchPushed', commit } as const;

  expect(outcomeOf({ ...base, left, stop: canceled })).toEqual({ ...base, ...left });
});

test.each([
  ['stopped by a person', undefined, canceled, { status: 'canceled', reason: 'Canceled' }],
  ['stopped late', { status: 'failed', reason: 'AgentFailed' }, canceled, { status: 'canceled' }],
  [
    'over its time',
    undefined,
    { reason: 'TimedOut', message: 'x' },
    { status: 'failed', reason: 'TimedOut' },
  ],
  ['gone', undefined, undefined, { status: 'failed', reason: 'RunVanished' }],
  ['stopped from outside', { status: 'canceled' }, undefined, { status: 'failed', reason: 'Disrupted' }],
] as const)('a run that was %s', (_, left, stop, expected) => {
  expect(outcomeOf({ ...base, left, stop })).toMatchObject(expected);
});

test('what a hostile run writes into its outcome cannot keep the end from the server', () => {
  const left = { status: 'completed', reason: 'BranchPushed', commit: 'no commit', message: 'm' } as const;

  expect(outcomeOf({ ...base, left, stop: undefined })).toEqual({
    ...base,
    status: 'completed',
    reason: 'BranchPushed',
    message: 'm',
  });
});
