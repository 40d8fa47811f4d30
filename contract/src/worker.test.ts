import { expect, test } from 'vitest';

import { detailsOf } from './errors.ts';
import { outcome } from './worker.ts';

const base = { attempt: 1, lastSeq: 0 };
const pushed = { branch: 'verve/x', commit: 'c'.repeat(40) };
const pullRequestUrl = 'https://git.example/acme/app/pulls/1';

function problemsOf(told: object): string[] {
  const { error } = outcome.safeParse({ ...base, ...told });
  return error ? detailsOf(error).map(({ path, message }) => `${path}: ${message}`) : [];
}

test.each([
  { status: 'completed', reason: 'NoChanges' },
  { status: 'completed', reason: 'BranchPushed', ...pushed },
  { status: 'completed', reason: 'PullRequestOpened', ...pushed, pullRequestUrl },
  { status: 'failed', reason: 'AgentFailed' },
  { status: 'failed', reason: 'PublishFailed', ...pushed },
  { status: 'canceled', reason: 'Canceled' },
  { status: 'completed', reason: 'QuantumFlux' },
  { status: 'canceled', reason: 'QuantumFlux' },
])('takes the outcome $status, $reason', (told) => {
  expect(problemsOf(told)).toEqual([]);
});

test.each([
  ['completed', 'AgentFailed', 'failed'],
  ['completed', 'Canceled', 'canceled'],
  ['failed', 'BranchPushed', 'completed'],
  ['canceled', 'AgentFailed', 'failed'],
  ['failed', 'Canceled', 'canceled'],
])('refuses the status %s with the reason %s', (status, reason, right) => {
  expect(problemsOf({ status, reason, ...pushed })).toEqual([
    `reason: ${reason} goes with the status "${right}", not "${status}"`,
  ]);
});

test('refuses work that is pushed and not named', () => {
  expect(problemsOf({ status: 'completed', reason: 'BranchPushed' })).toEqual([
    'branch: is needed with BranchPushed',
    'commit: is needed with BranchPushed',
  ]);
  expect(problemsOf({ status: 'completed', reason: 'PullRequestOpened', ...pushed })).toEqual([
    'pullRequestUrl: is needed with PullRequestOpened',
  ]);
});
