import { z } from 'zod';

/** Every state of a task. */
export const taskStatuses = ['pending', 'running', 'completed', 'failed', 'canceled'] as const;
export const taskStatus = z.enum(taskStatuses);
export type TaskStatus = z.infer<typeof taskStatus>;

/** Every state of an attempt. */
export const attemptStatus = z.enum(['running', 'completed', 'failed', 'canceled', 'lost']);
export type AttemptStatus = z.infer<typeof attemptStatus>;

/** The steps of a run, in order. */
export const phases = ['checkout', 'agent', 'publish'] as const;
export const phase = z.enum(phases);
export type Phase = z.infer<typeof phase>;

/**
 * What moves a task: `claim` by a worker, `complete` and `fail` by its outcome, `requeue` when an attempt is taken back
 * or is to be tried again, `cancel` by a person, which a running task follows once its attempt has ended, and `retry`.
 */
export type TaskMove = 'claim' | 'requeue' | 'complete' | 'fail' | 'cancel' | 'retry';

/** The legal moves out of each state, and where each leads. What is absent is illegal. */
export const taskTransitions = {
  pending: { claim: 'running', cancel: 'canceled' },
  running: { requeue: 'pending', complete: 'completed', fail: 'failed', cancel: 'canceled' },
  completed: {},
  failed: { retry: 'pending' },
  canceled: { retry: 'pending' },
} as const satisfies Record<TaskStatus, Partial<Record<TaskMove, TaskStatus>>>;

/** The legal moves of an attempt. Only a running one moves, and only once. */
export const attemptTransitions = {
  running: ['completed', 'failed', 'canceled', 'lost'],
  completed: [],
  failed: [],
  canceled: [],
  lost: [],
} as const satisfies Record<AttemptStatus, readonly AttemptStatus[]>;

/** Where a move leads from a state; undefined when it is illegal there. */
export function nextStatus(from: TaskStatus, move: TaskMove): TaskStatus | undefined {
  const moves: Partial<Record<TaskMove, TaskStatus>> = taskTransitions[from];
  return moves[move];
}

/** The task has ended; only `retry` moves it again. */
export function isTerminal(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'canceled';
}

/** A cancel is legal: at once when pending, as a request when running. */
export function canCancel(status: TaskStatus): boolean {
  return nextStatus(status, 'cancel') !== undefined;
}

/** A person may ask for one attempt more. */
export function canRetry(status: TaskStatus): boolean {
  return nextStatus(status, 'retry') !== undefined;
}

/** The task and its log may be deleted. */
export function canDelete(status: TaskStatus): boolean {
  return isTerminal(status);
}
