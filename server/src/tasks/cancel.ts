import { nextStatus } from '@verve/contract';

import { conflictWith } from '../service-error.ts';
import type { TaskChange, TaskSnapshot } from '../storage/task-store.ts';

/** Who cancels, and why. */
interface Cancel {
  /** Name of the key. */
  readonly by: string;
  readonly reason?: string | undefined;
  readonly now: number;
}

/**
 * Ends a pending task at once and asks the worker of a running one to stop. A second cancel changes nothing. Throws
 * IllegalTransition when the task has completed or failed.
 */
export function decideCancel({ task }: TaskSnapshot, cancel: Cancel): TaskChange {
  if (task.status === 'canceled') return {};
  if (nextStatus(task.status, 'cancel') === undefined) {
    throw conflictWith(
      { kind: 'IllegalTransition', status: task.status },
      `the task has ${task.status} already and cannot be canceled`,
    );
  }
  if (task.cancelRequestedAt !== undefined) return {};

  const why =
    cancel.reason === undefined ? `Canceled by ${cancel.by}.` : `Canceled by ${cancel.by}: ${cancel.reason}`;
  const requested = { cancelRequestedAt: cancel.now, cancelReason: why };
  if (task.status === 'running') return { task: requested };
  return {
    task: {
      ...requested,
      status: 'canceled',
      reason: 'Canceled',
      message: why,
      finishedAt: cancel.now,
      notBefore: undefined,
      waiting: undefined,
    },
  };
}
