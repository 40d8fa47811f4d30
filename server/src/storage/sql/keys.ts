import { sql, type Insertable, type Kysely } from 'kysely';

import type { KeyStore } from '../admin-stores.ts';
import type { KeyRecord } from '../records.ts';
import type { Database } from './database.ts';
import { toKey } from './rows.ts';
import type { KeyTable, Schema } from './schema.ts';

/** Keys in SQL. */
export function createKeyStore(database: Database): KeyStore {
  const { kysely } = database;
  return {
    async create(key) {
      await kysely.insertInto('keys').values(toRow(key)).execute();
    },

    createFirstAdmin: (key) => createFirstAdmin(database, key),

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

    async remove(id, nowMs) {
      if (await removeUnlessLast(database, id, nowMs)) return 'removed';
      const left = await kysely.selectFrom('keys').select('id').where('id', '=', id).executeTakeFirst();
      return left === undefined ? 'absent' : 'lastAdmin';
    },
  };
}

/** A transaction of SQLite is alone from its beginning; in Postgres nobody else can make a key until this is over. */
async function createFirstAdmin({ kysely, dialect }: Database, key: KeyRecord): Promise<boolean> {
  // Every start but the first locks nothing.
  if (await hasAdmin(kysely, key.createdAt)) return false;
  return kysely.transaction().execute(async (transaction) => {
    if (dialect === 'postgres') await sql`lock table keys in share row exclusive mode`.execute(transaction);
    if (await hasAdmin(transaction, key.createdAt)) return false;
    await transaction.insertInto('keys').values(toRow(key)).execute();
    return true;
  });
}

async function hasAdmin(kysely: Kysely<Schema>, nowMs: number): Promise<boolean> {
  const valid = kysely.selectFrom('keys').select('id').where('role', '=', 'admin');
  const found = await valid
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', nowMs)]))
    .executeTakeFirst();
  return found !== undefined;
}

/** In Postgres the admins' keys are locked, in one order: who comes second sees which are left. */
async function removeUnlessLast({ kysely, dialect }: Database, id: string, nowMs: number): Promise<boolean> {
  const { rows } = await sql`
    with admins as materialized (
      select id, expires_at from keys where role = 'admin' order by id ${dialect === 'postgres' ? sql`for update` : sql``})
    delete from keys
    where id = ${id} and (role <> 'admin' or expires_at <= ${nowMs} or exists (
      select 1 from admins
      where admins.id <> keys.id and (admins.expires_at is null or admins.expires_at >= keys.expires_at)))
    returning id
  `.execute(kysely);
  return rows.length > 0;
}

function toRow(key: KeyRecord): Insertable<KeyTable> {
  return {
    id: key.id,
    project_id: key.projectId ?? null,
    role: key.role,
    name: key.name,
    hash: key.hash,
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
  };
}
