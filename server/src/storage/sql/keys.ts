import type { KeyStore } from '../admin-stores.ts';
import type { Database } from './database.ts';
import { toKey } from './rows.ts';

/** Keys in SQL. */
export function createKeyStore({ kysely }: Database): KeyStore {
  return {
    async create(key) {
      await kysely
        .insertInto('keys')
        .values({
          id: key.id,
          project_id: key.projectId ?? null,
          role: key.role,
          name: key.name,
          hash: key.hash,
          created_at: key.createdAt,
          expires_at: key.expiresAt ?? null,
        })
        .execute();
    },

    async findByHash(hash) {
      const row = await kysely.selectFrom('keys').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row && toKey(row);
    },

    async list(projectId) {
      const rows = await kysely
        .selectFrom('keys')
        .selectAll()
        .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(toKey);
    },

    async remove(id) {
      const { numDeletedRows } = await kysely.deleteFrom('keys').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
