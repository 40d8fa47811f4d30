import type { TaskStatus } from '@verve/contract';

import type { AttemptRecord, TaskRecord } from './records.ts';

/** A task to be stored: pending, without an attempt. */
export type NewTask = Omit<
  TaskRecord,
  | 'status'
  | 'attempt'
  | 'allowedFailures'
  | 'countedFailures'
  | 'infrastructureRetries'
  | 'modelRetries'
  | 'phase'
  | 'waiting'
  | 'reason'
  | 'message'
  | 'workerId'
>;

/** Makes a create repeatable: `key` is unique within the project, `bodyHash` tells whether the body is the same as it was given. */
export interface Idempotency {
  readonly key: string;
  readonly bodyHash: string;
}

/** `repeated`: the key was used with the same body, `task` is the first. `mismatch`: with another body; nothing is stored. */
export type CreateResult =
  | { readonly kind: 'created' | 'repeated'; readonly task: TaskRecord }
  | { readonly kind: 'mismatch' };

/** Which tasks to list, newest first. */
export interface TaskFilter {
  /** Absent: of every project. */
  readonly projectId?: string | undefined;
  readonly status?: TaskStatus | undefined;
  /** Part of title, description or id, whatever its case. */
  readonly q?: string | undefined;
  readonly limit: number;
  /** Id of the last task of the page before. */
  readonly before?: string | undefined;
}

/** What a decision is made from: one consistent view of a task, one attempt of it and the end of that attempt's log. */
export interface TaskSnapshot {
  readonly task: TaskRecord;
  /** The attempt asked for; undefined when there is none of that number. */
  readonly attempt?: AttemptRecord | undefined;
  /** The last durable chunk of that attempt; 0 = none. */
  readonly lastSeq: number;
}

/** A key that is present with `undefined` clears the field; an absent key leaves it. */
type Fields<T, K extends keyof T> = { readonly [P in K]?: T[P] | undefined };

/** What a decision changes. Empty means nothing. `attempt` applies to the attempt asked for. */
export interface TaskChange {
  readonly task?: Fields<
    TaskRecord,
    Exclude<keyof TaskRecord, 'id' | 'projectId' | 'attempt' | 'createdAt' | 'createdBy'>
  >;
  readonly attempt?: Fields<
    AttemptRecord,
    Exclude<keyof AttemptRecord, 'taskId' | 'attempt' | 'workerId' | 'startedAt'>
  >;
}

/** Which task, and which attempt the decision is about (default: the newest). `projectId` bounds what is seen. */
export interface TaskRef {
  readonly id: string;
  readonly attempt?: number | undefined;
  /** A task of another project is absent. */
  readonly projectId?: string | undefined;
}

/**
 * Tasks and their attempts. Every method throws StorageUnavailable when the database is away, full or locked, and
 * has then changed nothing. Safe for any number of callers and processes.
 */
export interface TaskStore {
  /** Stores a pending task at the end of its priority's queue. Throws NameTaken when the id exists. */
  create(task: NewTask, idempotency?: Idempotency): Promise<CreateResult>;

  find(ref: TaskRef): Promise<TaskRecord | undefined>;

  list(filter: TaskFilter): Promise<TaskRecord[]>;

  /** The status of each of these tasks, in one statement; one that does not exist is left out. */
  statuses(ids: readonly string[]): Promise<ReadonlyMap<string, TaskStatus>>;

  /** The newest 100 (`limits.taskAttempts`), in order of their number. */
  attempts(taskId: string): Promise<AttemptRecord[]>;

  /**
   * The one way to move a task: reads a snapshot, asks the pure `decide`, and writes its change as one atomic step
   * that no other change of the same task can interleave. Resolves to the task after the change, or undefined when
   * there is no such task (`decide` is then not called). When `decide` throws, nothing changes and the error passes
   * through. `decide` may be called more than once. A task that becomes pending keeps its place in the queue by age.
   */
  change(ref: TaskRef, decide: (snapshot: TaskSnapshot) => TaskChange): Promise<TaskRecord | undefined>;

  /** Deletes an ended task with attempts, log and idempotency key. `notEnded`: nothing changed. */
  remove(ref: TaskRef): Promise<'removed' | 'notEnded' | 'absent'>;
}
