import type { KeyStore, ProjectStore, SessionStore, StatsStore, WorkerStore } from '../admin-stores.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { ChunkStore } from '../chunk-store.ts';
import type { TaskStore } from '../task-store.ts';
import { createChangeFeed } from './change-feed.ts';
import { createChunkStore } from './chunks.ts';
import type { Database } from './database.ts';
import { createKeyStore } from './keys.ts';
import { createProjectStore } from './projects.ts';
import { createSessionStore } from './sessions.ts';
import { createStatsStore } from './stats.ts';
import { createTaskStore } from './tasks.ts';
import { createWorkerStore } from './workers.ts';

/** The stores whose SQL both databases share. */
export interface SharedStores {
  readonly tasks: TaskStore;
  readonly chunks: ChunkStore;
  readonly workers: WorkerStore;
  readonly projects: ProjectStore;
  readonly keys: KeyStore;
  readonly sessions: SessionStore;
  readonly stats: StatsStore;
  readonly changes: ChangeFeed;
}

/** Makes the stores whose SQL both databases share. */
export function createSharedStores(database: Database): SharedStores {
  return {
    tasks: createTaskStore(database),
    chunks: createChunkStore(database),
    workers: createWorkerStore(database),
    projects: createProjectStore(database),
    keys: createKeyStore(database),
    sessions: createSessionStore(database),
    stats: createStatsStore(database),
    changes: createChangeFeed(database),
  };
}
