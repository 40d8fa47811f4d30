import { sql, type RawBuilder } from 'kysely';

import type { Pruned, Retention } from '../chunk-store.ts';
import type { Database } from './database.ts';
import { isOneOf } from './lists.ts';

/** Logs whose sizes are read by one statement. */
const pageSize = 500;

const isDue = sql`t.finished_at is not null and not t.is_log_pruned and t.status in ('completed', 'failed', 'canceled')`;

/** Deletes the logs of tasks that ended, oldest ends first, and marks the tasks so that none is looked at twice. */
export function pruneLogs(database: Database, retention: Retention): Promise<Pruned> {
  return database.kysely.transaction().execute(async (transaction) => {
    const { rows } = await dueStatement(database, retention).execute(transaction);
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return { tasks: 0, hasMore: false };
    await transaction
      .deleteFrom('chunks')
      .where(isOneOf(database, 'task_id', ids))
      .execute();
    await transaction
      .updateTable('tasks')
      .set({ is_log_pruned: true })
      .where(isOneOf(database, 'id', ids))
      .execute();
    const tasks = rows.filter((row) => Boolean(row.has_log)).length;
    return { tasks, hasMore: ids.length === retention.limit };
  });
}

/** Locked, so that two servers do not wait for each other's and no task is taken up again meanwhile. */
function dueStatement(
  { dialect }: Database,
  { endedBefore, limit }: Retention,
): RawBuilder<{ id: string; has_log: boolean | number }> {
  return sql`
    select t.id, exists (select 1 from chunks c where c.task_id = t.id) as has_log
    from tasks t where ${isDue} and t.finished_at < ${endedBefore}
    order by t.finished_at, t.id limit ${limit} ${dialect === 'postgres' ? sql`for no key update skip locked` : sql``}`;
}

/**
 * One scan for the sum; only if it is too large the logs that have to go are measured, from the oldest end on. A time,
 * not a number of bytes: what another server deletes meanwhile is then not deleted twice over.
 */
export async function excessBefore(database: Database, maxBytes: number): Promise<number | undefined> {
  let excess = (await readBytes(database)) - maxBytes;
  if (excess <= 0) return undefined;
  let endedBefore: number | undefined;
  for await (const { bytes, finished_at: finishedAt } of endedLogs(database)) {
    if (bytes > 0) endedBefore = finishedAt + 1;
    excess -= bytes;
    if (excess <= 0) break;
  }
  return endedBefore;
}

async function readBytes({ kysely }: Database): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select cast(coalesce(sum(bytes), 0) as bigint) as bytes from chunks
  `.execute(kysely);
  return rows[0]?.bytes ?? 0;
}

/** An ended task whose log was not deleted yet, and the size of that log. */
interface EndedLog {
  readonly id: string;
  readonly finished_at: number;
  readonly bytes: number;
}

/** From the oldest end on; a page is read only when the one before was not enough. */
async function* endedLogs({ kysely }: Database): AsyncGenerator<EndedLog> {
  let last: EndedLog | undefined = { id: '', finished_at: -1, bytes: 0 };
  while (last) {
    const { rows } = await sizesStatement(last).execute(kysely);
    yield* rows;
    last = rows.length < pageSize ? undefined : rows.at(-1);
  }
}

function sizesStatement(after: EndedLog): RawBuilder<EndedLog> {
  return sql`
    select t.id, t.finished_at,
      (select cast(coalesce(sum(c.bytes), 0) as bigint) from chunks c where c.task_id = t.id) as bytes
    from tasks t where ${isDue} and (t.finished_at, t.id) > (${after.finished_at}, ${after.id})
    order by t.finished_at, t.id limit ${pageSize}`;
}
