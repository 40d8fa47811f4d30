import { expect, test } from 'vitest';

import { sumUp, type EndedGroup } from './stats-sums.ts';

function group(day: string, costUsd: number): EndedGroup {
  const of = { agent: 'claude', reason: 'BranchPushed', status: 'completed' } as const;
  return { ...of, day, costUsd, count: 1, inputTokens: 1, outputTokens: 2 };
}

test('costs are told in millionths of a dollar, without the remains of binary fractions', () => {
  const sums = sumUp([group('2026-03-01', 0.1), group('2026-03-01', 0.2), group('2026-03-02', 1.000_000_4)]);

  expect(sums.totals.costUsd).toBe(1.3);
  expect(sums.days.map(({ costUsd }) => costUsd)).toEqual([0.3, 1]);
  expect(sums.agents.map(({ costUsd }) => costUsd)).toEqual([1.3]);
});
