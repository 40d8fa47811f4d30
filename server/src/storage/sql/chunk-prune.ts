import { sql, type Kysely } from 'kysely';

import type { Retention } from '../chunk-store.ts';
import type { Database } from './database.ts';
import { isOneOf } from './lists.ts';
import type { Schema } from './schema.ts';

/** An ended task whose log was not deleted yet, and the size of that log; null when there is none. */
interface EndedLog {
  readonly id: string;
  readonly finishedAt: number;
  readonly bytes: number | null;
}

/** Deletes the logs of tasks that ended, oldest ends first, and marks the tasks so that none is looked at twice. */
export function pruneLogs(database: Database, retention: Retention): Promise<number> {
  return database.kysely.transaction().execute(async (transaction) => {
    const excess = await readExcess(transaction, retention.maxBytes);
    if (excess <= 0 && retention.endedBefore === undefined) return 0;
    const due = dueLogs(await readEnded(database, transaction, retention.limit), retention, excess);
    if (due.length === 0) return 0;
    const ids = due.map(({ id }) => id);
    await transaction
      .deleteFrom('chunks')
      .where(isOneOf(database, 'task_id', ids))
      .execute();
    await transaction
      .updateTable('tasks')
      .set({ is_log_pruned: true })
      .where(isOneOf(database, 'id', ids))
      .execute();
    return due.filter(({ bytes }) => bytes !== null).length;
  });
}

/** By how much all logs together are too large. */
async function readExcess(kysely: Kysely<Schema>, maxBytes: number | undefined): Promise<number> {
  if (maxBytes === undefined) return 0;
  const { rows } = await sql<{ bytes: number }>`
    select cast(coalesce(sum(bytes), 0) as bigint) as bytes from chunks
  `.execute(kysely);
  return (rows[0]?.bytes ?? 0) - maxBytes;
}

/** Locked, so that two servers do not wait for each other's and no task is taken up again meanwhile. */
async function readEnded({ dialect }: Database, kysely: Kysely<Schema>, limit: number): Promise<EndedLog[]> {
  const { rows } = await sql<EndedLog>`
    select t.id, t.finished_at as ${sql.ref('finishedAt')},
      (select cast(sum(c.bytes) as bigint) from chunks c where c.task_id = t.id) as bytes
    from tasks t
    where t.finished_at is not null and not t.is_log_pruned and t.status in ('completed', 'failed', 'canceled')
    order by t.finished_at limit ${limit} ${dialect === 'postgres' ? sql`for no key update skip locked` : sql``}
  `.execute(kysely);
  return rows;
}

function dueLogs(
  ended: readonly EndedLog[],
  { endedBefore = Number.NEGATIVE_INFINITY }: Retention,
  excess: number,
): EndedLog[] {
  let left = excess;
  return ended.filter(({ finishedAt, bytes }) => {
    const isDue = finishedAt < endedBefore || left > 0;
    if (isDue) left -= bytes ?? 0;
    return isDue;
  });
}
