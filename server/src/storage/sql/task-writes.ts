import type { Updateable } from 'kysely';

import type { TaskChange, TaskSnapshot } from '../task-store.ts';
import type { AttemptTable, TaskTable } from './schema.ts';
import { changedAttemptColumns, changedTaskColumns } from './task-columns.ts';

/** Makes a change from a snapshot. */
export type Decide = (snapshot: TaskSnapshot) => TaskChange;

/** What is to be written; undefined for a row that stays as it is. */
export interface TaskWrites {
  readonly task: Updateable<TaskTable> | undefined;
  readonly attempt: Updateable<AttemptTable> | undefined;
}

/**
 * What a decision really changes. Throws when it would leave a running task without its running attempt, or the other
 * way round: nothing could end such a task any more.
 */
export function writesOf(snapshot: TaskSnapshot, change: TaskChange): TaskWrites {
  const { task, attempt } = snapshot;
  if (change.attempt !== undefined && attempt === undefined) {
    throw new TypeError(`task ${task.id} has no such attempt to change`);
  }
  const isNewest = attempt?.attempt === task.attempt;
  const isRunning = (change.task?.status ?? task.status) === 'running';
  const isHeld = isNewest
    ? (change.attempt?.status ?? attempt.status) === 'running'
    : task.status === 'running';
  if (isRunning !== isHeld) {
    throw new TypeError(`task ${task.id} and its attempt ${task.attempt} must leave "running" in one step`);
  }
  return {
    task: changedTaskColumns(task, change.task),
    attempt: changedAttemptColumns(attempt ?? {}, change.attempt),
  };
}
