import type { TaskRecord, WorkerRecord } from './records.ts';

/** A task or worker in its newest state. */
export type Change =
  | { readonly kind: 'task'; readonly task: TaskRecord }
  | { readonly kind: 'worker'; readonly worker: WorkerRecord };

/** Changes after a position, and the position after them. */
export interface ChangePage {
  readonly changes: readonly { readonly position: string; readonly change: Change }[];
  /** The position to go on from; with an empty page it may still have moved. */
  readonly next: string;
}

/**
 * What changed, in commit order. An object that changed twice since the position comes once, in its newest state; no
 * object that changed is ever skipped, whichever process reads. Lease renewals are no change. Throws
 * StorageUnavailable.
 */
export interface ChangeFeed {
  /** The position of now. */
  head(): Promise<string>;
  /** Throws PositionInvalid when the position is not one of this database. */
  read(query: {
    readonly projectId?: string | undefined;
    readonly after: string;
    readonly limit: number;
  }): Promise<ChangePage>;
}
