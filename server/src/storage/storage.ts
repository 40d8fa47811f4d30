import type { KeyStore, ProjectStore, SessionStore, StatsStore, WorkerStore } from './admin-stores.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ChunkStore } from './chunk-store.ts';
import type { Hints } from './hints.ts';
import type { QueueStore } from './queue-store.ts';
import type { TaskStore } from './task-store.ts';

/** Everything the server keeps: one port, two adapters (`postgres/`, `sqlite/`), one contract suite. */
export interface Storage extends AsyncDisposable {
  readonly tasks: TaskStore;
  readonly queue: QueueStore;
  readonly chunks: ChunkStore;
  readonly workers: WorkerStore;
  readonly projects: ProjectStore;
  readonly keys: KeyStore;
  readonly sessions: SessionStore;
  readonly stats: StatsStore;
  readonly changes: ChangeFeed;
  readonly hints: Hints;
  /** The database's own clock in ms since 1970: what replicas agree on. Throws StorageUnavailable. */
  now(): Promise<number>;
}

/** The database is away, full, locked or gone. Nothing was changed; the same call may succeed later. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
}

/** The database's place or file cannot be used until a person mends it: the message says what is wrong and what to do. */
export class StorageUnusable extends Error {
  override readonly name = 'StorageUnusable';
}

/** A unique name, id or hash is taken; nothing was changed. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}

/** A position of a change feed that is not one. */
export class PositionInvalid extends Error {
  override readonly name = 'PositionInvalid';
}
