import { createLocalHints } from '../local-hints.ts';
import { createSharedStores } from '../sql/stores.ts';
import type { Storage } from '../storage.ts';
import { openSqlite } from './open.ts';
import type { SqliteDatabase, SqliteOptions } from './open.ts';
import { createSqliteQueueStore } from './queue.ts';

/** Opens the file, makes it if need be, and brings its schema up to date. Throws MigrationRefused and StorageUnavailable. */
export async function openSqliteStorage(options: SqliteOptions): Promise<Storage> {
  return createSqliteStorage(await openSqlite(options));
}

/** The one place where the SQLite adapter is put together; disposing of it closes the file. */
function createSqliteStorage(database: SqliteDatabase): Storage {
  return {
    ...createSharedStores(database),
    queue: createSqliteQueueStore(database),
    hints: createLocalHints(),
    // The file is on this machine, and so is its clock.
    now: () => Promise.resolve(Date.now()),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
