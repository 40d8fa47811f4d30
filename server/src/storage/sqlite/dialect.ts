import type Sqlite from 'better-sqlite3';
import { CompiledQuery, SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { DatabaseConnection, Dialect, SqliteDatabase, SqliteStatement } from 'kysely';

import { translateSqliteError } from './errors.ts';
import type { FileWatch } from './file-watch.ts';

/** Prepared statements kept; far above what the stores use, so that only odd ones are ever prepared again. */
const keptStatements = 500;

/**
 * The seam between Kysely and better-sqlite3: statements are prepared once, booleans are bound as 0 and 1, errors
 * leave it as the ports' own, and no statement runs on a file that is not at its path any more.
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

  constructor(database: Sqlite.Database, file: FileWatch) {
    super({ database: guardDatabase(database, file) });
    this.#database = database;
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

function guardDatabase(database: Sqlite.Database, file: FileWatch): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => {
      database.close();
    },
    prepare(sql) {
      const kept = statements.get(sql);
      if (kept !== undefined) return kept;
      const statement = guarded(file, () => guardStatement(database.prepare(sql), file));
      if (statements.size >= keptStatements) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
  };
}

function guardStatement(statement: Sqlite.Statement, file: FileWatch): SqliteStatement {
  return {
    reader: statement.reader,
    all: (parameters) => run(statement, file, () => statement.all(...parameters.map(toBindable))),
    run: (parameters) => run(statement, file, () => statement.run(...parameters.map(toBindable))),
    iterate: () => {
      throw new TypeError('streaming is not used');
    },
  };
}

/** What was written is only there when the file still is, so a writing statement looks again. */
function run<T>(statement: Sqlite.Statement, file: FileWatch, execute: () => T): T {
  const result = guarded(file, execute);
  if (!statement.readonly) file.check();
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
