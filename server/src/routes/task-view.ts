import type { Task } from '@verve/contract';

import type { Clock } from '../clock.ts';
import type { TaskRecord } from '../storage/records.ts';
import type { WhyWaiting } from '../tasks/waiting.ts';
import { toWireTask } from '../tasks/wire.ts';
import type { WaitingRules } from './waiting-rules.ts';

interface ViewParts {
  readonly waitingRules: Pick<WaitingRules, 'of'>;
  readonly clock: Clock;
}

/** Tasks as callers see them. Workers of a project are asked for only if one of its tasks waits. */
export async function viewTasks(
  { waitingRules, clock }: ViewParts,
  tasks: readonly TaskRecord[],
): Promise<Task[]> {
  const pending = tasks.filter(({ status }) => status === 'pending');
  const rules = new Map<string, WhyWaiting>();
  for (const projectId of new Set(pending.map((task) => task.projectId))) {
    rules.set(projectId, await waitingRules.of(projectId));
  }
  const now = clock.now();
  return tasks.map((task) => toWireTask(task, rules.get(task.projectId)?.(task, now)));
}

/** One task as callers see it. */
export async function viewTask({ waitingRules, clock }: ViewParts, task: TaskRecord): Promise<Task> {
  if (task.status !== 'pending') return toWireTask(task);
  const rule = await waitingRules.of(task.projectId);
  return toWireTask(task, rule(task, clock.now()));
}
