import { sql } from 'kysely';

import type { PendingCancel } from '../queue-store.ts';
import type { Database } from '../sql/database.ts';

/** One statement; of several at once, the first to lock an attempt takes its cancellation. */
export async function takeCancels(
  { kysely }: Database,
  workerIds: readonly string[],
): Promise<PendingCancel[]> {
  if (workerIds.length === 0) return [];
  const { rows } = await sql<{ task_id: string; attempt: number; worker_id: string }>`
    with due as materialized (
      select a.task_id, a.attempt
      from tasks t join attempts a on a.task_id = t.id and a.attempt = t.attempt
      where t.worker_id = any(${workerIds}::text[]) and t.status = 'running' and t.cancel_requested_at is not null
        and a.status = 'running' and not a.is_cancel_reported
      order by a.task_id for no key update of a)
    update attempts a set is_cancel_reported = true
    from due where a.task_id = due.task_id and a.attempt = due.attempt
    returning a.task_id, a.attempt, a.worker_id
  `.execute(kysely);
  return rows.map((row) => ({ taskId: row.task_id, attempt: row.attempt, workerId: row.worker_id }));
}
