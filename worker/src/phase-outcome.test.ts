import { expect, test } from 'vitest';

import { believable } from './phase-outcome.ts';

test.each([
  ['agent', 'AgentFailed'],
  ['publish', 'PublishFailed'],
] as const)('a reason of its own words is not taken from %s', (phase, reason) => {
  const left = { status: 'failed', reason: 'Hunter2IsThePassword', message: 'm' } as const;

  expect(believable(phase, left)).toEqual({ status: 'failed', reason, message: 'm' });
});

test('a reason that everybody knows is taken', () => {
  const left = { status: 'failed', reason: 'AgentStalled' } as const;

  expect(believable('agent', left)).toEqual(left);
});
