import type Sqlite from 'better-sqlite3';

import { migrationsTable, nextMigration, readMigrations } from '../migrations/migrations.ts';
import type { AppliedMigration, Migration } from '../migrations/migrations.ts';

/**
 * Brings the schema up to date, one transaction a step; safe when two processes do it at once. Throws
 * MigrationRefused and better-sqlite3's errors.
 */
export async function migrateSqlite(database: Sqlite.Database): Promise<void> {
  const known = await readMigrations('sqlite');
  const applyNext = database.transaction(() => apply(database, known));
  while (applyNext.immediate());
}

/** False: nothing was left to do. */
function apply(database: Sqlite.Database, known: readonly Migration[]): boolean {
  database.exec(migrationsTable);
  const applied = database
    .prepare<[], AppliedMigration>('select number, name, checksum from migrations order by number')
    .all();
  const migration = nextMigration(known, applied);
  if (migration === undefined) return false;
  database.exec(migration.sql);
  database
    .prepare('insert into migrations (number, name, checksum) values (?, ?, ?)')
    .run(migration.number, migration.name, migration.checksum);
  return true;
}
