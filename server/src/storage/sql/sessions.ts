import type { SessionStore } from '../admin-stores.ts';
import type { Database } from './database.ts';
import { toKey } from './rows.ts';

/** Sessions of the web page in SQL. */
export function createSessionStore({ kysely }: Database): SessionStore {
  return {
    // From the key's row: a key that is being removed takes this session along, or there is none.
    async create({ hash, keyId, createdAt, expiresAt }) {
      await kysely
        .insertInto('sessions')
        .columns(['hash', 'key_id', 'created_at', 'expires_at'])
        .expression((query) =>
          query
            .selectFrom('keys')
            .select((make) => [
              make.val(hash).as('hash'),
              'id',
              make.cast<number>(make.val(createdAt), 'bigint').as('created_at'),
              make.cast<number>(make.val(expiresAt), 'bigint').as('expires_at'),
            ])
            .where('id', '=', keyId),
        )
        .execute();
    },

    async find(hash) {
      const row = await kysely
        .selectFrom('sessions')
        .innerJoin('keys', 'keys.id', 'sessions.key_id')
        .selectAll('keys')
        .select(['sessions.created_at as session_created_at', 'sessions.expires_at as session_expires_at'])
        .where('sessions.hash', '=', hash)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        session: {
          hash,
          keyId: row.id,
          createdAt: row.session_created_at,
          expiresAt: row.session_expires_at,
        },
        key: toKey(row),
      };
    },

    async remove(hash) {
      await kysely.deleteFrom('sessions').where('hash', '=', hash).execute();
    },

    async removeExpired(nowMs) {
      const { numDeletedRows } = await kysely
        .deleteFrom('sessions')
        .where('expires_at', '<=', nowMs)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
