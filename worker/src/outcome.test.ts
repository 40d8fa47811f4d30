import { outcome } from '@verve/contract';
import { expect, test } from 'vitest';

import { masked, outcomeOf } from './outcome.ts';

const commit = 'a'.repeat(40);
const canceled = { reason: 'Canceled', message: 'by Ada' } as const;
const base = { attempt: 1, lastSeq: 3 };
const branch = 'verve/x';
const level = 'events';

test('work that was published before the stop arrived stays completed', () => {
  const left = { status: 'completed', reason: 'BranchPushed', branch: 'verve/x', commit } as const;

  expect(outcomeOf({ ...base, branch, level, left, stop: canceled })).toEqual({ ...base, ...left });
});

test.each([
  ['stopped by a person', { left: undefined, stop: canceled }, { status: 'canceled', reason: 'Canceled' }],
  [
    'stopped late',
    { left: { status: 'failed', reason: 'AgentFailed' }, stop: canceled },
    { status: 'canceled' },
  ],
  [
    'over its time',
    { left: undefined, stop: { reason: 'TimedOut', message: 'x' } },
    { status: 'failed', reason: 'TimedOut' },
  ],
  ['gone', { left: undefined, stop: undefined }, { status: 'failed', reason: 'RunVanished' }],
  [
    'stopped from outside',
    { left: { status: 'canceled' }, stop: undefined },
    { status: 'failed', reason: 'Disrupted' },
  ],
] as const)('a run that was %s', (_, end, expected) => {
  expect(outcomeOf({ ...base, branch, level, ...end })).toMatchObject(expected);
});

test('a run that tells of another branch than its own has failed', () => {
  const left = { status: 'completed', reason: 'BranchPushed', branch: 'hacked/new', commit } as const;

  const told = outcomeOf({ ...base, branch, level, left, stop: undefined });

  expect(told).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(told.message).toContain('hacked/new');
  expect(told.branch).toBeUndefined();
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

  expect(outcomeOf({ ...base, branch, level, left, stop: undefined })).toEqual({ ...base, ...needed });
});

test.each([
  ['names no commit', { status: 'completed', reason: 'BranchPushed', commit: 'none' }, 'PublishFailed'],
  ['completes with a failure', { status: 'completed', reason: 'AgentFailed' }, 'PublishFailed'],
  ['fails with a success', { status: 'failed', reason: 'NoChanges' }, 'AgentFailed'],
] as const)('a run that %s cannot keep the end from the server', (_, left, reason) => {
  const told = outcomeOf({ ...base, branch, level, left, stop: undefined });

  expect(told).toMatchObject({ ...base, status: 'failed', reason });
  expect(outcome.safeParse(told).success).toBe(true);
});

test('at the level "states" nothing is told in the words of the run, but in those of the worker', () => {
  const left = { status: 'failed', reason: 'AgentFailed', message: 'the source says so' } as const;
  const stop = { reason: 'TimedOut', message: 'its time was over' } as const;

  expect(outcomeOf({ ...base, branch, level: 'states', left, stop: undefined })).toEqual({
    ...base,
    status: 'failed',
    reason: 'AgentFailed',
  });
  expect(outcomeOf({ ...base, branch, level: 'states', left, stop })).toMatchObject(stop);
});

test('the texts of an outcome are masked, and the server takes it', () => {
  const told = {
    ...base,
    status: 'completed',
    reason: 'PullRequestOpened',
    message: 'with the-key',
    branch: 'verve/x',
    commit,
    pullRequestUrl: 'https://ada:the-key@git.example/pulls/1',
  } as const;

  const left = masked(told, (text) => text.replaceAll('the-key', '[masked]'));

  expect(left).toEqual({
    ...told,
    message: 'with [masked]',
    pullRequestUrl: 'https://ada:[masked]@git.example/pulls/1',
  });
  expect(outcome.safeParse(left).success).toBe(true);
});
