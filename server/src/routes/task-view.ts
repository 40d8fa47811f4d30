import type { Task } from '@verve/contract';

import type { Clock } from '../clock.ts';
import type { TaskRecord, WorkerRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';
import { toWireTask } from '../tasks/wire.ts';

interface ViewParts {
  readonly storage: Pick<Storage, 'workers'>;
  readonly clock: Clock;
}

/** Tasks as callers see them. The workers of a project are read once, and only if one of its tasks waits. */
export async function viewTasks(
  { storage, clock }: ViewParts,
  tasks: readonly TaskRecord[],
): Promise<Task[]> {
  const waiting = new Set(
    tasks.filter(({ status }) => status === 'pending').map(({ projectId }) => projectId),
  );
  const workers = new Map<string, WorkerRecord[]>();
  for (const projectId of waiting) workers.set(projectId, await storage.workers.list(projectId));
  const now = clock.now();
  return tasks.map((task) => toWireTask(task, { workers: workers.get(task.projectId) ?? [], now }));
}

/** One task as callers see it. */
export async function viewTask({ storage, clock }: ViewParts, task: TaskRecord): Promise<Task> {
  const workers = task.status === 'pending' ? await storage.workers.list(task.projectId) : [];
  return toWireTask(task, { workers, now: clock.now() });
}
