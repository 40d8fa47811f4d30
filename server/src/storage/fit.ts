import { patternToRegex } from '@verve/contract';

import type { Fit } from './queue-store.ts';
import type { TaskRecord } from './records.ts';

/** What of a task decides who may take it. */
type Wanted = Pick<TaskRecord, 'projectId' | 'agent' | 'repository' | 'requires'>;

/**
 * The rule by which tasks go to workers: the same project; an agent that the worker has, or none named; a repository
 * that one of its patterns allows; every required label with exactly that value.
 */
export function fitsWorker(task: Wanted, worker: Fit): boolean {
  return fitRule(worker)(task);
}

/** `fitsWorker` for many tasks and one kind of worker: its patterns are made ready once. */
export function fitRule({ projectId, labels, agents, repositories }: Fit): (task: Wanted) => boolean {
  const patterns = repositories?.map(patternToRegex);
  return (task) =>
    task.projectId === projectId &&
    (task.agent === undefined || agents === undefined || agents.includes(task.agent)) &&
    (patterns === undefined || patterns.some((pattern) => pattern.test(task.repository))) &&
    Object.entries(task.requires).every(
      ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
    );
}
