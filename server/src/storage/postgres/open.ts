import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool, TypeOverrides, types } from 'pg';
import type { CustomTypesConfig } from 'pg';
import type { Logger } from 'pino';

import type { Database } from '../sql/database.ts';
import type { Schema } from '../sql/schema.ts';
import { guardPool } from './guarded-pool.ts';

/** How to reach a Postgres, and how long to wait for it. */
export interface PostgresOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Connections at most. Default 16. */
  readonly poolSize?: number | undefined;
  /** To make a connection, or to wait for a free one. Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** After which the database ends a statement. Default 30,000. */
  readonly statementTimeoutMs?: number | undefined;
}

/** An open database that ends its connections when disposed of. */
export interface PostgresDatabase extends Database, AsyncDisposable {
  readonly pool: Pool;
}

/** Opens a pool; connects with the first statement, and again by itself after the database was away. */
export function openPostgres(options: PostgresOptions): PostgresDatabase {
  const pool = new Pool({
    ...connectionSettings(options),
    max: options.poolSize ?? 16,
    idleTimeoutMillis: 60_000,
  });
  pool.on('error', (error) => options.logger.warn({ err: error }, 'idle database connection lost'));
  // A connection that dies while it is lent out fails the statement on it; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: guardPool(pool) }) });
  return {
    kysely,
    pool,
    dialect: 'postgres',
    nextChange: () => sql`pg_current_xact_id()`,
    changeHorizon: () => sql`pg_snapshot_xmin(pg_current_snapshot())`,
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** What every connection of Verve asks for, in a pool or alone. */
export function connectionSettings(options: PostgresOptions): {
  readonly connectionString: string;
  readonly application_name: string;
  readonly connectionTimeoutMillis: number;
  readonly statement_timeout: number;
  readonly query_timeout: number;
  readonly idle_in_transaction_session_timeout: number;
  readonly keepAlive: boolean;
  readonly types: CustomTypesConfig;
} {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  return {
    connectionString: options.url,
    application_name: 'verve',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    // For a network that swallows the answer; later than the database's own word, which keeps the connection.
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    types: numbersForInt8,
  };
}

/** Times, sizes and counts stay far below 2^53, so int8 is a number here; other users of `pg` keep their strings. */
const numbersForInt8 = new TypeOverrides();
numbersForInt8.setTypeParser(types.builtins.INT8, Number);
