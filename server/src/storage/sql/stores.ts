import type { KeyStore, ProjectStore, SessionStore, StatsStore, WorkerStore } from '../admin-stores.ts';
import type { ChangeFeed } from '../change-feed.ts';
import { createChangeFeed } from './change-feed.ts';
import type { Database } from './database.ts';
import { createKeyStore } from './keys.ts';
import { createProjectStore } from './projects.ts';
import { createSessionStore } from './sessions.ts';
import { createStatsStore } from './stats.ts';
import { createWorkerStore } from './workers.ts';

/** The stores whose SQL both databases share. */
export interface SharedStores {
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
    workers: createWorkerStore(database),
    projects: createProjectStore(database),
    keys: createKeyStore(database),
    sessions: createSessionStore(database),
    stats: createStatsStore(database),
    changes: createChangeFeed(database),
  };
}
