import { newId, type Task } from '@verve/contract';
import { expect, test } from 'vitest';

import { outcomeLines, resultLines } from './task-text.ts';
import type { Paint } from './terminal.ts';

const task: Task = {
  id: newId('task'),
  projectId: newId('project'),
  title: 'A task',
  description: 'A task',
  repository: 'https://git.example/acme/app.git',
  priority: 0,
  labels: {},
  requires: {},
  status: 'running',
  attempt: 1,
  maxAttempts: 1,
  timeoutSeconds: 3_600,
  createdBy: 'ada',
  createdAt: '2026-03-01T00:00:00.000Z',
};

test.each([
  [{ costUsd: 1.5, inputTokens: 81_200, outputTokens: 3_100 }, ['$1.50 · 81,200 tokens in · 3,100 out']],
  [{ costUsd: 0.0042 }, ['$0.0042']],
  [{ inputTokens: 7 }, ['7 tokens in']],
  [{}, []],
])('usage %j is told as %j', (usage, told) => {
  expect(resultLines({ ...task, usage })).toEqual(told.map((text) => `Usage         ${text}`));
});

const unpainted: Paint = (_, text) => text;
const pushed = { branch: 'verve/tsk_1', commit: 'c'.repeat(40) };
const pullRequestUrl = 'https://git.example/acme/app/pulls/1';

test('what was pushed is told once', () => {
  const message = `pushed cccccccccccc to verve/tsk_1; pull request ${pullRequestUrl}`;
  const done = { ...task, ...pushed, pullRequestUrl, message, status: 'completed' as const };

  expect(outcomeLines({ ...done, reason: 'PullRequestOpened' }, unpainted, 0)).toEqual([
    'completed · PullRequestOpened',
    'Branch        verve/tsk_1',
    `Commit        ${pushed.commit}`,
    `Pull request  ${pullRequestUrl}`,
  ]);
});

test.each([
  {
    ...task,
    ...pushed,
    status: 'failed' as const,
    reason: 'PullRequestFailed',
    message: 'the forge said no',
  },
  { ...task, status: 'completed' as const, reason: 'NoChanges', message: 'nothing to do' },
])('$status with $reason says why', (ended) => {
  expect(outcomeLines(ended, unpainted, 0)).toContain(ended.message);
});
