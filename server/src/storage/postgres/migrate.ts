import { Client } from 'pg';

import {
  MigrationRefused,
  migrationsTable,
  nextMigration,
  readMigrations,
} from '../migrations/migrations.ts';
import type { AppliedMigration, Migration } from '../migrations/migrations.ts';
import { translatePostgresError } from './errors.ts';
import { connectionSettings } from './open.ts';
import type { PostgresOptions } from './open.ts';

/** Any number, the same in every version: what serialises servers that start at once. */
const migrationLock = 8_378_531;

/**
 * Brings the schema up to date, one transaction a step. Any number of processes may call it at once. Throws
 * MigrationRefused, and StorageUnavailable when the database is away; finished steps then stay.
 */
export async function migratePostgres(options: PostgresOptions): Promise<void> {
  const known = await readMigrations('postgres');
  // A step may take as long as it needs, and so may waiting for another process's.
  const client = new Client({ ...connectionSettings(options), statement_timeout: 0, query_timeout: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    while (await applyNext(client, known));
  } catch (error) {
    throw error instanceof MigrationRefused ? error : translatePostgresError(error);
  } finally {
    await client.end();
  }
}

/** False: nothing was left to do. A failure leaves the step undone; the connection's end rolls it back. */
async function applyNext(client: Client, known: readonly Migration[]): Promise<boolean> {
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [migrationLock]);
  await client.query(migrationsTable);
  const applied = await client.query<AppliedMigration>(
    'select number, name, checksum from migrations order by number',
  );
  const migration = nextMigration(known, applied.rows);
  if (migration !== undefined) {
    await client.query(migration.sql);
    await client.query('insert into migrations (number, name, checksum) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.checksum,
    ]);
  }
  await client.query('commit');
  return migration !== undefined;
}
