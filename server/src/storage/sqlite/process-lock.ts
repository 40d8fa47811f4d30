import { hostname } from 'node:os';

import Sqlite from 'better-sqlite3';

import { StorageUnusable } from '../storage.ts';
import { isLocked, translateOpeningError } from './errors.ts';

/** Two processes that start at once can meet in the moment before either has the lock. */
const patienceMs = 200;

/** The file beside a database whose lock says that a server uses it. */
export function lockFileOf(databaseFile: string): string {
  return `${databaseFile}.lock`;
}

/**
 * Keeps a database file for this process: a second one would number changes and wake polls without knowing of the
 * first. The lock is the system's own, on a small database beside the file, and ends with the process, however that
 * ends. The lock's file stays. Throws StorageUnusable when another server has it, and StorageUnavailable.
 */
export function holdDatabase(databaseFile: string): Disposable {
  const lock = openLock(lockFileOf(databaseFile));
  try {
    noteHolder(lock);
    // Without a commit: held until the handle or the process is gone, and others can still read who it is.
    lock.exec('begin immediate');
  } catch (error) {
    const refusal = toRefusal(translateOpeningError(error, lockFileOf(databaseFile)), databaseFile, lock);
    lock.close();
    throw refusal;
  }
  return {
    [Symbol.dispose]: () => {
      lock.close();
    },
  };
}

function openLock(file: string): Sqlite.Database {
  try {
    return new Sqlite(file, { timeout: patienceMs });
  } catch (error) {
    throw translateOpeningError(error, file);
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

function noteHolder(lock: Sqlite.Database): void {
  const note = lock.transaction(() => {
    lock.exec('create table if not exists holder (pid integer not null, host text not null)');
    lock.exec('delete from holder');
    lock.prepare('insert into holder (pid, host) values (?, ?)').run(process.pid, hostname());
  });
  try {
    note.immediate();
  } catch (error) {
    // On a full disk the lock works without the note.
    if (!(error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_FULL'))) throw error;
  }
}

function toRefusal(error: unknown, databaseFile: string, lock: Sqlite.Database): unknown {
  if (!isLocked(error)) return error;
  const holder = readHolder(lock);
  const who =
    holder === undefined ? 'another server' : `another server (process ${holder.pid} on ${holder.host})`;
  return new StorageUnusable(
    `${who} uses ${databaseFile}, and SQLite is for one server at a time; ` +
      'stop that one first, or set VERVE_DATABASE_URL to a Postgres that any number of servers can share',
    { cause: error },
  );
}

/** Undefined: nothing was noted, or what was is this process's own try. */
function readHolder(lock: Sqlite.Database): Holder | undefined {
  try {
    const holder = lock.prepare<[], Holder>('select pid, host from holder').get();
    return holder?.pid === process.pid ? undefined : holder;
  } catch {
    return undefined;
  }
}
