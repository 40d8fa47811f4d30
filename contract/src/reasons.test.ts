import { expect, test } from 'vitest';

import { blameOf, reason, retryRuleOf } from './reasons.ts';

test.each([
  ['PullRequestOpened', 'completed'],
  ['AgentFailed', 'counted'],
  ['AgentRateLimited', 'rateLimited'],
  ['WorkerLost', 'delayed'],
  ['PolicyDenied', 'never'],
  ['Canceled', 'canceled'],
])('%s is followed by the rule %s', (value, kind) => {
  expect(retryRuleOf(value).kind).toBe(kind);
});

test.each(['QuantumFlux', 'constructor', 'toString'])(
  "a reason nobody knows is the operator's: %s",
  (value) => {
    expect(blameOf(value)).toBe('operator');
  },
);

test('a reason of a version to come is accepted on the wire, a sentence is not', () => {
  expect(reason.safeParse('QuantumFlux').success).toBe(true);
  expect(reason.safeParse('it failed').success).toBe(false);
});
