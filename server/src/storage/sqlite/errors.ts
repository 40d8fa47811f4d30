import Sqlite from 'better-sqlite3';

import { NameTaken, StorageUnavailable, StorageUnusable } from '../storage.ts';

/** Primary result codes that say: not now, but the same call may succeed later. */
const unavailable: readonly (readonly [prefix: string, sentence: string])[] = [
  ['SQLITE_BUSY', 'another process holds the database file'],
  ['SQLITE_LOCKED', 'another process holds the database file'],
  ['SQLITE_PROTOCOL', 'another process holds the database file'],
  ['SQLITE_FULL', "the database's disk is full"],
  ['SQLITE_IOERR', 'reading or writing the database file failed'],
  ['SQLITE_READONLY', 'the database file cannot be written'],
  ['SQLITE_CANTOPEN', 'the database file cannot be opened'],
  ['SQLITE_PERM', 'the database file cannot be opened'],
  ['SQLITE_AUTH', 'the database file cannot be opened'],
  ['SQLITE_CORRUPT', 'the database file is damaged'],
  ['SQLITE_NOTADB', 'the database file is not a database'],
  ['SQLITE_NOMEM', 'there is no memory for the database'],
];

const taken: ReadonlySet<string> = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

/** What the ports promise in place of an error of better-sqlite3; one that nobody should expect stays as it is. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error;
  if (taken.has(error.code)) return new NameTaken(error.message, { cause: error });
  const sentence = unavailable.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  return sentence === undefined
    ? error
    : new StorageUnavailable(`${sentence} (${error.code})`, { cause: error });
}

/** The same for a file that is being opened: what is in it does not mend by itself. */
export function translateOpeningError(error: unknown, file: string): unknown {
  const code = error instanceof Sqlite.SqliteError ? error.code : '';
  if (!/^SQLITE_(?:NOTADB|CORRUPT)/.test(code)) return translateSqliteError(error);
  const what = code.startsWith('SQLITE_NOTADB') ? 'is not a database' : 'is damaged';
  return new StorageUnusable(
    `${file} ${what} (${code}); move it away, restore a backup, or set VERVE_DATA_DIR to another folder`,
    { cause: error },
  );
}

/** Whether another process holds the file; SQLite has rolled back nothing but the statement that met the lock. */
export function isLocked(error: unknown): boolean {
  if (!(error instanceof StorageUnavailable && error.cause instanceof Sqlite.SqliteError)) return false;
  return error.cause.code.startsWith('SQLITE_BUSY');
}
