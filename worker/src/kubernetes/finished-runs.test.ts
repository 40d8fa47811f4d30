import { expect, test } from 'vitest';

import type { AgentRun } from './agent-run.ts';
import { overdueRuns } from './finished-runs.ts';

const hourMs = 3_600_000;
const nowMs = Date.parse('2026-01-10T00:00:00Z');

function ended(name: string, hoursAgo: number): AgentRun {
  const endedAt = new Date(nowMs - hoursAgo * hourMs).toISOString();
  return { metadata: { name }, status: { endedAt } } as AgentRun;
}

const runs = [ended('old', 30), ended('new', 1), ended('older', 40), ended('middle', 10)];

test.each([
  [{ hours: 168, count: 10 }, []],
  [{ hours: 24, count: 10 }, ['old', 'older']],
  [{ hours: 168, count: 2 }, ['old', 'older']],
  [{ hours: 24, count: 1 }, ['middle', 'old', 'older']],
  [{ hours: 0, count: 10 }, ['new', 'middle', 'old', 'older']],
])('of those that are kept for %o the others go', (keep, names) => {
  expect(overdueRuns(runs, keep, nowMs).map(({ metadata }) => metadata?.name)).toEqual(names);
});
