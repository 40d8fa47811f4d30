import type { ProjectStore } from '../admin-stores.ts';
import type { Database } from './database.ts';
import { createProjectStore } from './projects.ts';

/** The stores whose SQL both databases share. */
export interface SharedStores {
  readonly projects: ProjectStore;
}

/** Makes the stores whose SQL both databases share. */
export function createSharedStores(database: Database): SharedStores {
  return {
    projects: createProjectStore(database),
  };
}
