import { sql } from 'kysely';
import type { Insertable, SelectQueryBuilder } from 'kysely';

import type { RegisterResult, WorkerRegistration, WorkerStore } from '../admin-stores.ts';
import type { WorkerRecord } from '../records.ts';
import type { Database } from './database.ts';
import { toNullableJson, toWorker } from './rows.ts';
import type { Schema, WorkerTable } from './schema.ts';

/** Attempts that a worker holds; written as the partial index has it. */
const running = sql<number>`(select count(*) from attempts where attempts.worker_id = workers.id and attempts.status = 'running')`;

/** Rows for `toWorker`. */
export function selectWorkers({
  kysely,
}: Database): SelectQueryBuilder<Schema, 'workers', WorkerTableRow & { running: number }> {
  return kysely.selectFrom('workers').selectAll().select(running.as('running'));
}

type WorkerTableRow = Parameters<typeof toWorker>[0];

/** Workers in SQL. */
export function createWorkerStore(database: Database): WorkerStore {
  const { kysely } = database;
  return {
    register: (registration, at) => register(database, registration, at),

    async find(id, projectId) {
      const row = await selectWorkers(database)
        .where('id', '=', id)
        .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
        .executeTakeFirst();
      return row && toWorker(row);
    },

    async list(projectId) {
      const rows = await selectWorkers(database)
        .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
        .orderBy('name')
        .orderBy('id')
        .execute();
      return rows.map(toWorker);
    },

    async setPaused(id, paused) {
      const row = await kysely
        .updateTable('workers')
        .set({ paused, changed: database.nextChange() })
        .where('id', '=', id)
        .returningAll()
        .returning(running.as('running'))
        .executeTakeFirst();
      return row && toWorker(row);
    },

    async markDisconnected(notSeenSinceMs) {
      const { numUpdatedRows } = await kysely
        .updateTable('workers')
        .set({ is_connected: false, changed: database.nextChange() })
        .where('is_connected', '=', true)
        .where('last_seen_at', '<', notSeenSinceMs)
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },
  };
}

/** One statement: the conflict's condition decides whether the name is another living instance's. */
async function register(
  database: Database,
  registration: WorkerRegistration,
  at: { readonly newId: string; readonly nowMs: number; readonly aliveSinceMs: number },
): Promise<RegisterResult> {
  const values = toRow(registration, at.nowMs);
  const changed = database.nextChange();
  const row = await database.kysely
    .insertInto('workers')
    .values({ ...values, id: at.newId, registered_at: at.nowMs, changed: sql`${changed}` })
    .onConflict((conflict) =>
      conflict
        .columns(['project_id', 'name'])
        .doUpdateSet({ ...values, changed })
        .where((where) =>
          where.or([
            where('workers.last_seen_at', '<', at.aliveSinceMs),
            where('workers.instance', 'is', null),
            where(sql`excluded.instance`, 'is', null),
            where('workers.instance', '=', sql<string>`excluded.instance`),
          ]),
        ),
    )
    .returningAll()
    .returning(running.as('running'))
    .executeTakeFirst();
  if (row === undefined) return { kind: 'taken' };
  const worker: WorkerRecord = toWorker(row);
  return { kind: worker.id === at.newId ? 'created' : 'known', worker };
}

function toRow(
  registration: WorkerRegistration,
  nowMs: number,
): Omit<Insertable<WorkerTable>, 'id' | 'registered_at' | 'changed'> {
  return {
    project_id: registration.projectId,
    name: registration.name,
    version: registration.version,
    executor: registration.executor,
    capacity: registration.capacity,
    instance: registration.instance ?? null,
    labels: JSON.stringify(registration.labels),
    agents: toNullableJson(registration.agents),
    repositories: toNullableJson(registration.repositories),
    is_connected: true,
    last_seen_at: nowMs,
  };
}
