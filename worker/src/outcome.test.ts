import { outcome } from '@verve/contract';
import { expect, test } from 'vitest';

import { outcomeOf } from './outcome.ts';

const commit = 'a'.repeat(40);
const canceled = { reason: 'Canceled', message: 'by Ada' } as const;
const base = { attempt: 1, lastSeq: 3 };

test('work that was published before the stop arrived stays completed', () => {
  const left = { status: 'completed', reason: 'BranchPushed', branch: 'verve/x', commit } as const;

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

test('what the server would refuse is left out of an outcome, and what it needs stays', () => {
  const needed = {
    status: 'completed',
    reason: 'BranchPushed',
    branch: 'verve/x',
    commit,
    message: 'm',
  } as const;
  const left = { ...needed, pullRequestUrl: 'javascript:alert(1)' };

  expect(outcomeOf({ ...base, left, stop: undefined })).toEqual({ ...base, ...needed });
});

test.each([
  ['names no commit', { status: 'completed', reason: 'BranchPushed', commit: 'none' }, 'PublishFailed'],
  ['completes with a failure', { status: 'completed', reason: 'AgentFailed' }, 'PublishFailed'],
  ['fails with a success', { status: 'failed', reason: 'NoChanges' }, 'AgentFailed'],
] as const)('a run that %s cannot keep the end from the server', (_, left, reason) => {
  const told = outcomeOf({ ...base, left, stop: undefined });

  expect(told).toMatchObject({ ...base, status: 'failed', reason });
  expect(outcome.safeParse(told).success).toBe(true);
});
