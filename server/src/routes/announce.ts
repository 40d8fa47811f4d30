import { isTerminal } from '@verve/contract';

import type { TaskRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';

/** Tells those who wait that there is a new task. To be called after the commit, never before. */
export function announceNew({ hints, queue }: Pick<Storage, 'hints' | 'queue'>): void {
  queue.forgetWatermarks();
  hints.notify('queue');
  hints.notify('changes');
}

/** Tells those who wait that a task has moved. To be called after the commit; the mover has told the queue. */
export function announceMove({ hints }: Pick<Storage, 'hints'>, task: TaskRecord): void {
  if (task.status === 'running' && task.cancelRequestedAt !== undefined) hints.notify('cancels');
  // A log is complete once its task has ended.
  if (isTerminal(task.status)) hints.notify('logs');
  hints.notify('changes');
}
