import { sql } from 'kysely';

import type { HeldAttempt, LeaseRenewal, PendingCancel } from '../queue-store.ts';
import type { Database } from '../sql/database.ts';
import { isOneOf } from '../sql/lists.ts';

/** Marks the worker seen and renews what it holds, in one transaction. */
export function renewLeases(database: Database, renewal: LeaseRenewal): Promise<HeldAttempt[] | undefined> {
  const { projectId, workerId, running, nowMs, leaseUntilMs } = renewal;
  return database.kysely.transaction().execute(async (transaction) => {
    const seen = await transaction
      .updateTable('workers')
      .set({
        last_seen_at: sql<number>`max(last_seen_at, ${nowMs})`,
        is_connected: true,
        changed: sql<number>`case when is_connected then changed else ${database.nextChange()} end`,
      })
      .where('id', '=', workerId)
      .where('project_id', '=', projectId)
      .returning('id')
      .executeTakeFirst();
    if (seen === undefined) return undefined;

    const renewed = await sql<{ task_id: string; attempt: number; is_cancel_requested: number }>`
      update attempts
      set lease_until = max(lease_until, ${leaseUntilMs}), is_acknowledged = 1
      where worker_id = ${workerId} and status = 'running' and (task_id, attempt) in
        (select value ->> 'taskId', value ->> 'attempt' from json_each(${JSON.stringify(running)}))
      returning task_id, attempt,
        (select cancel_requested_at is not null from tasks where id = task_id) as is_cancel_requested
    `.execute(transaction);
    return renewed.rows.map((row) => ({
      taskId: row.task_id,
      attempt: row.attempt,
      isCancelRequested: row.is_cancel_requested === 1,
    }));
  });
}

/** Takes cancellations that were not told yet. */
export async function takeCancels(
  database: Database,
  workerIds: readonly string[],
): Promise<PendingCancel[]> {
  if (workerIds.length === 0) return [];
  const { rows } = await sql<{ task_id: string; attempt: number; worker_id: string }>`
    update attempts set is_cancel_reported = 1
    where status = 'running' and not is_cancel_reported and (task_id, attempt) in
      (select t.id, t.attempt from tasks t
        where t.status = 'running' and t.cancel_requested_at is not null and ${isOneOf(database, 't.worker_id', workerIds)})
    returning task_id, attempt, worker_id
  `.execute(database.kysely);
  return rows.map((row) => ({ taskId: row.task_id, attempt: row.attempt, workerId: row.worker_id }));
}
