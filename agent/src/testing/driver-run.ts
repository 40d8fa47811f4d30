import { newId, type RunSpec } from '@verve/contract';

import type { DriverRun } from '../driver.ts';

/** A run for tests of a driver's preparation: on Linux, with nothing but what the agent entry and the key say. */
export function driverRun(agent: Partial<RunSpec['agent']> = {}, modelKey?: string): DriverRun {
  const spec: RunSpec = {
    taskId: newId('task'),
    attempt: 1,
    title: 'A task',
    description: 'Do it.',
    repository: 'https://git.example/a/b',
    branch: 'verve/task',
    author: { name: 'A', email: 'a@example.com' },
    agent: { name: 'coder', driver: 'a driver', ...agent },
    forge: { kind: 'none' },
    mayChangeWorkflows: false,
    logLevel: 'events',
  };
  const folders = { taskFile: '/run/task.json', home: '/home/agent', scratch: '/tmp/scratch' };
  return { spec, prompt: 'Do it.', modelKey, ...folders };
}
