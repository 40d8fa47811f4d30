import type { AppendChunk, AttemptStatus, LogPosition, ReaderPosition, TaskStatus } from '@verve/contract';

import type { ChunkRecord } from './records.ts';

/** A chunk to append. */
export interface ChunkAppend {
  readonly taskId: string;
  readonly projectId?: string | undefined;
  readonly chunk: AppendChunk;
  readonly nowMs: number;
  /** The lease that the first chunk of an attempt, which acknowledges the claim, gives it. */
  readonly leaseUntilMs: number;
}

/** `repeated`: the very same chunk was durable already. The rest refuse it and change nothing. */
export type AppendResult =
  | { readonly kind: 'stored' | 'repeated' | 'absent' }
  | { readonly kind: 'hole' | 'seqTaken'; readonly expectedSeq: number }
  | { readonly kind: 'superseded'; readonly attempt: number; readonly status: TaskStatus | AttemptStatus };

/** Which chunks to read; at most one of `after`, `before` and `tail`. Always returned in order. */
export interface ChunkQuery {
  readonly taskId: string;
  readonly attempt?: number | undefined;
  readonly after?: LogPosition | undefined;
  readonly before?: LogPosition | undefined;
  /** The newest so many. */
  readonly tail?: number | undefined;
  readonly limit: number;
  /** Of lines together; one chunk comes in any case. Absent: without bound. */
  readonly maxBytes?: number | undefined;
  /** Only chunks with this text in them, whatever its case. */
  readonly q?: string | undefined;
}

/** What a read has found. */
export interface ChunkPage {
  readonly chunks: readonly ChunkRecord[];
  /** `maxBytes` has kept chunks away that `limit` would have let through. */
  readonly isCut: boolean;
}

/** A reader that follows a task's log. */
export interface FollowedLog {
  readonly taskId: string;
  readonly attempt?: number | undefined;
  readonly after: LogPosition;
}

/** How much comes for each follower at most, as in `ChunkQuery`. */
export interface FollowedPart {
  readonly limit: number;
  readonly maxBytes: number;
}

/** What retention deletes: logs of tasks that ended, never of others. */
export interface Retention {
  /** Of tasks that ended before this, oldest ends first. */
  readonly endedBefore: number;
  /** Tasks per call at most. */
  readonly limit: number;
}

/** What one call has deleted. */
export interface Pruned {
  /** Tasks whose log went; tasks that had none are passed and not counted. */
  readonly tasks: number;
  /** As many tasks were passed as one call may, so there may be more. */
  readonly hasMore: boolean;
}

/** Log chunks. Throws StorageUnavailable as TaskStore does. */
export interface ChunkStore {
  /**
   * Appends a chunk if the attempt is held and `seq` is the next one: one statement that checks and inserts. Durable
   * once resolved. Idempotent for an equal chunk (phase, at, streams, lines and cursor), also of an attempt that was taken back or ended.
   */
  append(append: ChunkAppend): Promise<AppendResult>;

  read(query: ChunkQuery): Promise<ChunkPage>;

  /** What is new for each of many readers, in one statement; the answer is parallel to `logs`. */
  readFollowed(logs: readonly FollowedLog[], each: FollowedPart): Promise<ChunkPage[]>;

  /** Undefined: no such attempt in the project. */
  position(taskId: string, attempt: number, projectId?: string): Promise<ReaderPosition | undefined>;

  /** Deletes logs. Any number of processes may at once: each takes other tasks. */
  prune(retention: Retention): Promise<Pruned>;

  /**
   * Logs of tasks that ended before this have to go for all logs together to have at most `maxBytes`, as far as ended
   * tasks suffice; undefined: none has to. Looks at every chunk.
   */
  excessBefore(maxBytes: number): Promise<number | undefined>;
}
