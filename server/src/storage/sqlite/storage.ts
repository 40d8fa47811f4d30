import { createLocalHints } from '../local-hints.ts';
import { createSharedStores } from '../sql/stores.ts';
import type { Storage } from '../storage.ts';
import { openSqlite, type SqliteOptions } from './open.ts';
import { preparePlace } from './place.ts';
import { holdDatabase, lockFileOf } from './process-lock.ts';
import { createSqliteQueueStore } from './queue.ts';

/**
 * Opens the file for this process alone, makes it if need be, and brings its schema up to date; disposing of it closes
 * the file. The one place where the SQLite adapter is put together. Throws MigrationRefused, StorageUnusable and
 * StorageUnavailable.
 */
export async function openSqliteStorage(options: SqliteOptions): Promise<Storage> {
  const { path } = options;
  await using opening = new AsyncDisposableStack();
  preparePlace([path, lockFileOf(path)]);
  opening.use(holdDatabase(path));
  const database = opening.use(await openSqlite(options));
  const stores = createSharedStores(database);
  const queue = createSqliteQueueStore(database);
  const opened = opening.move();
  return {
    ...stores,
    queue,
    hints: createLocalHints(),
    // The file is on this machine, and so is its clock.
    now: () => Promise.resolve(Date.now()),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
