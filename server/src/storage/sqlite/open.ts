import Sqlite from 'better-sqlite3';
import { Kysely, sql } from 'kysely';

import type { Database } from '../sql/database.ts';
import type { Schema } from '../sql/schema.ts';
import { guardedSqliteDialect } from './dialect.ts';
import { translateOpeningError, translateSqliteError } from './errors.ts';
import { FileWatch } from './file-watch.ts';
import { createLockPatience } from './lock-patience.ts';
import { migrateSqlite } from './migrate.ts';

/** Together 2 s: another process that opens the file may be bringing it up to date. */
const lockPauses = 40;
const lockPauseMs = 50;

/** Which file. */
export interface SqliteOptions {
  readonly path: string;
}

/** An open database file that is closed when disposed of. */
export interface SqliteDatabase extends Database, AsyncDisposable {
  /** The handle below the seam: errors there are better-sqlite3's own. */
  readonly raw: Sqlite.Database;
}

/**
 * Opens a database file, makes it if need be, and brings its schema up to date. Throws StorageUnavailable,
 * StorageUnusable and MigrationRefused.
 */
export async function openSqlite({ path }: SqliteOptions): Promise<SqliteDatabase> {
  return createLockPatience(lockPauses, lockPauseMs).wait(() => openNow(path));
}

/** Fails at once when another process holds the file. */
async function openNow(path: string): Promise<SqliteDatabase> {
  const raw = openFile(path);
  try {
    configure(raw);
    const file = new FileWatch(path);
    await migrateSqlite(raw);
    defineChanges(raw);
    raw.function('fold_case', { deterministic: true }, (text) => String(text).toLowerCase());
    return {
      raw,
      kysely: new Kysely<Schema>({ dialect: guardedSqliteDialect(raw, file) }),
      dialect: 'sqlite',
      nextChange: () => sql`next_change()`,
      changeHorizon: () => sql`change_horizon()`,
      [Symbol.asyncDispose]: async () => {
        raw.close();
      },
    };
  } catch (error) {
    raw.close();
    throw translateOpeningError(error, path);
  }
}

function openFile(file: string): Sqlite.Database {
  try {
    // Waiting for a lock is not left to SQLite: it would block the event loop.
    return new Sqlite(file, { timeout: 0 });
  } catch (error) {
    throw translateSqliteError(error);
  }
}

function configure(raw: Sqlite.Database): void {
  raw.pragma('journal_mode = WAL');
  // A call that was answered is durable; NORMAL would lose the last commits with the power.
  raw.pragma('synchronous = FULL');
  raw.pragma('foreign_keys = ON');
}

/**
 * Numbers changes when a statement runs, not when it is built. It starts above every number this file has seen, those of
 * deleted rows included: microseconds of the wall clock rise faster than changes are made.
 */
function defineChanges(raw: Sqlite.Database): void {
  const newest = raw
    .prepare<[], number | null>(
      `select max(coalesce((select max(changed) from tasks), 0), coalesce((select max(changed) from workers), 0))`,
    )
    .pluck()
    .get();
  let last = Math.max(newest ?? 0, Date.now() * 1_000);
  raw.function('next_change', () => ++last);
  raw.function('change_horizon', () => last + 1);
}
