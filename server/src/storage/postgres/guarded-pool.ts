import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';

import { breaksConnection, translatePostgresError } from './errors.ts';

/**
 * The seam between Kysely and `pg`: errors leave it as the ports' own, and a connection that failed under a statement
 * is thrown away instead of going back to the pool.
 */
export function guardPool(pool: Pool): PostgresPool {
  return {
    async connect() {
      try {
        return new GuardedClient(await pool.connect());
      } catch (error) {
        throw translatePostgresError(error);
      }
    },
    end: () => pool.end(),
  };
}

class GuardedClient implements PostgresPoolClient {
  readonly #client: PoolClient;
  #isBroken = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    sql: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof sql !== 'string') throw new TypeError('cursors are not used');
    return this.#execute(sql, [...parameters]);
  }

  release(): void {
    this.#client.release(this.#isBroken);
  }

  async #execute<R>(sql: string, parameters: unknown[]): Promise<PostgresQueryResult<R>> {
    // The database rolls back by itself when the connection goes; asking would only hide the first error.
    if (this.#isBroken && sql === 'rollback') return { command: 'SELECT', rowCount: 0, rows: [] };
    try {
      const result = await this.#client.query<Record<string, unknown>>(sql, parameters);
      if (sql === 'commit' && result.command === 'ROLLBACK') {
        throw new TypeError('a transaction was committed after one of its statements had failed');
      }
      return result as unknown as PostgresQueryResult<R>;
    } catch (error) {
      this.#isBroken ||= breaksConnection(error);
      throw translatePostgresError(error);
    }
  }
}
