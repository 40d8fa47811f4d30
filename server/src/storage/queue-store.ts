import type { AttemptRef, Labels } from '@verve/contract';

import type { TaskRecord } from './records.ts';

/** Which tasks a kind of worker takes; see `fitsWorker`, the rule that every adapter must agree with. */
export interface Fit {
  readonly projectId: string;
  readonly labels: Labels;
  /** Absent: any agent. */
  readonly agents?: readonly string[] | undefined;
  /** Patterns; absent: any repository. */
  readonly repositories?: readonly string[] | undefined;
}

/** Asks for claims. */
export interface ClaimRequest {
  readonly fit: Fit;
  /** The worker of each slot; its length bounds the claims. The first claim goes to the first. */
  readonly workerIds: readonly string[];
  readonly nowMs: number;
  /** The lease of a claim that is not acknowledged yet. */
  readonly leaseUntilMs: number;
}

/** What a worker says it runs. */
export interface LeaseRenewal {
  readonly projectId: string;
  readonly workerId: string;
  readonly running: readonly AttemptRef[];
  readonly nowMs: number;
  readonly leaseUntilMs: number;
}

/** An attempt whose lease was renewed. */
export interface HeldAttempt extends AttemptRef {
  readonly isCancelRequested: boolean;
}

/** Which leases have run out. An attempt that may be publishing is left until that time is over, too. */
export interface ExpiryQuery {
  readonly nowMs: number;
  /** Since when this process has swept without a gap; no lease expires within its own length after that. */
  readonly sweepingSinceMs: number;
  readonly leaseMs: number;
  readonly acknowledgeMs: number;
  readonly limit: number;
}

/** A cancellation to be told to the worker that runs the attempt. */
export interface PendingCancel extends AttemptRef {
  readonly workerId: string;
}

/** How much waits and runs. */
export interface QueueDepth {
  readonly pending: number;
  readonly running: number;
  /** Creation time of the oldest pending task. */
  readonly oldestPendingAt?: number | undefined;
}

/**
 * The queue: claims and leases. Throws StorageUnavailable as TaskStore does. Claims by any number of callers and
 * processes never hand out a task twice.
 */
export interface QueueStore {
  /**
   * Moves up to `workerIds.length` fitting pending tasks to running, each with a new attempt; highest priority
   * first, then oldest, never one before its `notBefore`. Returns them in that order, `workerId` and `attempt` set.
   * An adapter may skip what it knows to be gone until `forgetWatermarks`, and does not know of a task that lies before
   * what it has seen until `noteNewTask`.
   */
  claim(request: ClaimRequest): Promise<TaskRecord[]>;

  /** Makes the next claims look at the whole queue again. Called by the sweep, and after a task became pending again. */
  forgetWatermarks(): void;

  /**
   * Makes the next claims see this task, which was just stored. Costs them nothing unless its id is older than new ones
   * are: its insert took long, or a clock was set.
   */
  noteNewTask(id: string): void;

  /**
   * One statement: marks the worker seen and renews the leases of all named attempts that it still holds. What is
   * not in the answer is lost. Undefined: no such worker in the project.
   */
  renewLeases(renewal: LeaseRenewal): Promise<HeldAttempt[] | undefined>;

  /**
   * Writes down that a sweep begins. Throws StorageUnavailable also when the database only lets itself be read, as on a
   * full disk: heartbeats fail then, so no lease may run out.
   */
  noteSweep(nowMs: number): Promise<void>;

  /** Running attempts whose lease is over; nothing is changed. */
  expiredLeases(query: ExpiryQuery): Promise<AttemptRef[]>;

  /** Cancellations of these workers' attempts that were not taken yet; each is returned once, ever. */
  takeCancels(workerIds: readonly string[]): Promise<PendingCancel[]>;

  /** Of one project, or of all. */
  depth(projectId?: string): Promise<QueueDepth>;
}
