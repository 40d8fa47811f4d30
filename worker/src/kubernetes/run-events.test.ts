import { expect, test } from 'vitest';

import { newsOf, type Condition, type ConditionChange } from './conditions.ts';
import { eventOf } from './run-events.ts';

const change = (type: string, status: 'True' | 'False', reason: string): ConditionChange => ({
  type,
  status,
  reason,
  message: `${type} is ${status}`,
});

test.each([
  [change('Claimed', 'True', 'Claimed'), 'Normal'],
  [change('Complete', 'True', 'PullRequestOpened'), 'Normal'],
  [change('Complete', 'True', 'AgentFailed'), 'Warning'],
  [change('Running', 'False', 'ImagePullFailed'), 'Warning'],
  [change('Scheduled', 'False', 'Pending'), undefined],
  [change('LogsDrained', 'True', 'LogsDrained'), undefined],
])('%o is told as %s', (told, type) => {
  expect(eventOf(told)?.type).toBe(type);
});

test('what is known already is no news', () => {
  const known: Condition = { ...change('Running', 'False', 'Pending'), lastTransitionTime: '' };

  expect(newsOf([known], [change('Running', 'False', 'Pending')])).toEqual([]);
  const news = [change('Running', 'False', 'ImagePullFailed'), change('Scheduled', 'True', 'Scheduled')];
  expect(newsOf([known], news)).toEqual(news);
});
