import { newId, type RunSpec } from '@verve/contract';

/** What a run is told of a task that says hello; `given` counts more. Each has a task of its own. */
export function sampleSpec(given: Partial<RunSpec> = {}): RunSpec {
  const taskId = newId('task');
  return {
    taskId,
    attempt: 1,
    title: 'Say hello',
    description: 'Say hello to everybody.',
    repository: 'https://forge.example/acme/app.git',
    branch: `verve/${taskId}`,
    author: { name: 'Verve', email: 'noreply@verve.dev' },
    agent: { name: 'demo', driver: 'demo' },
    forge: { kind: 'none' },
    mayChangeWorkflows: false,
    logLevel: 'full',
    ...given,
  };
}
