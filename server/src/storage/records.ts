import type { AttemptStatus, Labels, Phase, Role, TaskStatus, Usage } from '@verve/contract';

/*
 * What storage keeps, in the server's own terms. Times are ms since 1970 by the server's clock; undefined means
 * absent, and an adapter never returns null.
 */

/** A task with the accounts that decide its retries. */
export interface TaskRecord {
  readonly id: string;
  readonly projectId: string;
  readonly title: string;
  readonly description: string;
  readonly repository: string;
  readonly baseBranch?: string | undefined;
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  readonly priority: number;
  readonly labels: Labels;
  readonly requires: Labels;
  readonly status: TaskStatus;
  readonly phase?: Phase | undefined;
  readonly waiting?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** The newest attempt; 0 before the first. Only a claim raises it. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
  readonly workerId?: string | undefined;
  /** Not claimed before this. */
  readonly notBefore?: number | undefined;
  readonly cancelRequestedAt?: number | undefined;
  readonly cancelReason?: string | undefined;
  readonly branch?: string | undefined;
  readonly commit?: string | undefined;
  readonly pullRequestUrl?: string | undefined;
  readonly usage?: Usage | undefined;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** Counted failures so far, and how many of them end the task: `maxAttempts`, raised by a person's retry. */
  readonly countedFailures: number;
  readonly allowedFailures: number;
  /** Uncounted retries so far since the task was made or a person retried it. */
  readonly infrastructureRetries: number;
  readonly modelRetries: number;
}

/** When a phase of an attempt began and ended. */
export interface PhaseRecord {
  readonly phase: Phase;
  readonly startedAt: number;
  readonly finishedAt?: number | undefined;
}

/** One try at a task. */
export interface AttemptRecord {
  readonly taskId: string;
  readonly attempt: number;
  readonly status: AttemptStatus;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly workerId: string;
  readonly startedAt: number;
  readonly finishedAt?: number | undefined;
  readonly phases: readonly PhaseRecord[];
  /** Taken back after this, unless renewed. */
  readonly leaseUntil: number;
  /** A heartbeat, log or progress call has named it. */
  readonly isAcknowledged: boolean;
  /** Not taken back before this: it may be publishing. */
  readonly publishUntil?: number | undefined;
  /** What the attempt has cost so far; the task's usage is the sum over its attempts. */
  readonly usage?: Usage | undefined;
  /** SHA-256 of the outcome that ended it, so that an equal repeat is recognised. */
  readonly outcomeHash?: string | undefined;
}

/** A chunk as it is stored and read back. */
export interface ChunkRecord {
  readonly attempt: number;
  readonly seq: number;
  readonly phase?: Phase | undefined;
  readonly at: readonly number[];
  readonly streams: string;
  readonly lines: readonly string[];
}

/** An installation that claims tasks. `isConnected` is what the newest sweep or heartbeat found. */
export interface WorkerRecord {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly version: string;
  readonly executor: string;
  readonly capacity: number;
  readonly instance?: string | undefined;
  readonly labels: Labels;
  readonly agents?: readonly string[] | undefined;
  readonly repositories?: readonly string[] | undefined;
  readonly paused: boolean;
  readonly isConnected: boolean;
  readonly running: number;
  readonly registeredAt: number;
  readonly lastSeenAt: number;
}

/** An owner of tasks, workers and keys. */
export interface ProjectRecord {
  readonly id: string;
  readonly name: string;
  readonly repository?: string | undefined;
  readonly baseBranch?: string | undefined;
  readonly agent?: string | undefined;
  readonly createdAt: number;
}

/** A key; the key itself is not kept, only its SHA-256 in hex. */
export interface KeyRecord {
  readonly id: string;
  readonly projectId?: string | undefined;
  readonly role: Role;
  readonly name: string;
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
}

/** A web page's session, named by the SHA-256 of its token; it ends with its key. */
export interface SessionRecord {
  readonly hash: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}
