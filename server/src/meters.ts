import type { QueueDepth } from './storage/queue-store.ts';

/** What an operator wants to see of the server's work. Label values are few and bounded. */
export interface Meters {
  /** A task was claimed for the first time, so many seconds after it was made. */
  taskClaimed(waitedSeconds: number): void;
  /** A task has ended for good. */
  taskEnded(status: 'completed' | 'failed' | 'canceled', reason: string): void;
  /** An attempt is over and the task waits for another one. */
  taskRequeued(reason: string): void;
  /** A claim was taken back before its worker had it. */
  claimUndelivered(): void;
  /** One claim statement, with the number of tasks it handed out. */
  claimStatement(claims: number): void;
  /** Polls that are held right now. */
  heldPolls(count: number): void;
  /** What the queue holds, over all projects. */
  queueDepth(depth: QueueDepth, nowMs: number): void;
  /** Workers that lost their connection in this sweep. */
  workersDisconnected(count: number): void;
  /** A component found the database away, full or locked. */
  storageUnavailable(component: string): void;
  /** Logs that retention deleted. */
  logsPruned(tasks: number): void;
}

/** Counts nothing: for tests and programs without metrics. */
export const noMeters: Meters = {
  taskClaimed: () => undefined,
  taskEnded: () => undefined,
  taskRequeued: () => undefined,
  claimUndelivered: () => undefined,
  claimStatement: () => undefined,
  heldPolls: () => undefined,
  queueDepth: () => undefined,
  workersDisconnected: () => undefined,
  storageUnavailable: () => undefined,
  logsPruned: () => undefined,
};
