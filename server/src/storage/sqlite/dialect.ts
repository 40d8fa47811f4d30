import type Sqlite from 'better-sqlite3';
import { CompiledQuery, SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { DatabaseConnection, Dialect, SqliteDatabase, SqliteStatement } from 'kysely';

import { translateSqliteError } from './errors.ts';
import type { FileWatch } from './file-watch.ts';
import { createLockPatience, type LockPatience } from './lock-patience.ts';

/** Prepared statements kept; far above what the stores use, so that only odd ones are ever prepared again. */
const keptStatements = 500;

/** Together 250 ms: other processes rarely write, and briefly. */
const lockPauses = 25;
const lockPauseMs = 10;

/** What statements are guarded by. */
interface Guards {
  readonly file: FileWatch;
  readonly patience: LockPatience;
}

/**
 * The seam between Kysely and better-sqlite3: statements are prepared once, booleans are bound as 0 and 1, errors
 * leave it as the ports' own, a lock is waited for, and no statement runs on a file that is not at its path any more.
 */
export function guardedSqliteDialect(database: Sqlite.Database, file: FileWatch): Dialect {
  return {
    createDriver: () => new GuardedDriver(database, file),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}

class GuardedDriver extends SqliteDriver {
  readonly #database: Sqlite.Database;
  readonly #patience: LockPatience;

  constructor(database: Sqlite.Database, file: FileWatch) {
    const patience = createLockPatience(lockPauses, lockPauseMs);
    super({ database: guardDatabase(database, { file, patience }) });
    this.#database = database;
    this.#patience = patience;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery: (query) => this.#patience.wait(async () => connection.executeQuery(query)),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }

  /** Takes the write lock first: a transaction that reads and then writes never fails half way for another process. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** A full disk or a failed write has rolled back by itself. Works on a file that is gone, too. */
  override rollbackTransaction(): Promise<void> {
    if (this.#database.inTransaction) this.#database.exec('rollback');
    return Promise.resolve();
  }
}

function guardDatabase(database: Sqlite.Database, guards: Guards): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      database.close();
    },
    prepare(sql) {
      const kept = statements.get(sql);
      if (kept !== undefined) return kept;
      const statement = guarded(guards.file, () => guardStatement(database.prepare(sql), guards));
      if (statements.size >= keptStatements) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
  };
}

function guardStatement(statement: Sqlite.Statement, guards: Guards): SqliteStatement {
  return {
    reader: statement.reader,
    all: (parameters) => run(statement, guards, () => statement.all(...parameters.map(toBindable))),
    run: (parameters) => run(statement, guards, () => statement.run(...parameters.map(toBindable))),
    iterate: () => {
      throw new TypeError('streaming is not used');
    },
  };
}

/** What was written is only there when the file still is, so a writing statement looks again. */
function run<T>(statement: Sqlite.Statement, { file, patience }: Guards, execute: () => T): T {
  const result = guarded(file, execute);
  if (statement.readonly) return result;
  file.check();
  patience.renew();
  return result;
}

function guarded<T>(file: FileWatch, execute: () => T): T {
  file.check();
  try {
    return execute();
  } catch (error) {
    throw translateSqliteError(error);
  }
}

function toBindable(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value;
}
