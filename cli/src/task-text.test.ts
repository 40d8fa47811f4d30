import { newId, type Task } from '@verve/contract';
import { expect, test } from 'vitest';

import { resultLines } from './task-text.ts';

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
