import { sql } from 'kysely';

import { createSharedStores } from '../sql/stores.ts';
import type { Storage } from '../storage.ts';
import { translatePostgresError } from './errors.ts';
import { openPostgresHints } from './hints.ts';
import type { PostgresHints } from './hints.ts';
import { migratePostgres } from './migrate.ts';
import { openPostgres } from './open.ts';
import type { PostgresDatabase, PostgresOptions } from './open.ts';
import { createPostgresQueueStore } from './queue.ts';

/** Brings the schema up to date and opens the storage. Throws MigrationRefused and StorageUnavailable. */
export async function openPostgresStorage(options: PostgresOptions): Promise<Storage> {
  await migratePostgres(options);
  const database = openPostgres(options);
  try {
    return createPostgresStorage(database, await openPostgresHints(database, options));
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw translatePostgresError(error);
  }
}

/** The one place where the Postgres adapter is put together; disposing of it closes the database. */
function createPostgresStorage(database: PostgresDatabase, hints: PostgresHints): Storage {
  return {
    ...createSharedStores(database),
    queue: createPostgresQueueStore(database),
    hints,
    now: () => readClock(database),
    async [Symbol.asyncDispose]() {
      await hints[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function readClock({ kysely }: PostgresDatabase): Promise<number> {
  const clock = sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`;
  const { rows } = await clock.execute(kysely);
  return rows[0]?.now ?? Number.NaN;
}
