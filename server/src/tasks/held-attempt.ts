import type { AttemptStatus, TaskStatus } from '@verve/contract';

import { conflictWith, notFound, type ServiceError } from '../service-error.ts';
import type { AttemptRecord } from '../storage/records.ts';
import type { TaskSnapshot } from '../storage/task-store.ts';

/** The attempt a worker speaks of. Throws NotFound when there never was one of that number. */
export function attemptOf({ attempt }: TaskSnapshot): AttemptRecord {
  if (attempt === undefined) throw notFound('attempt');
  return attempt;
}

/** Tells a worker that its attempt is over, and what is true now. */
export function superseded({ task }: TaskSnapshot, attempt: AttemptRecord): ServiceError {
  const isNewest = task.attempt === attempt.attempt;
  const status: TaskStatus | AttemptStatus = isNewest ? attempt.status : task.status;
  const now = isNewest ? `it is ${status}` : `the newest is ${task.attempt} and the task is ${status}`;
  return conflictWith(
    { kind: 'Superseded', attempt: task.attempt, status },
    `attempt ${attempt.attempt} is no longer held: ${now}`,
  );
}
