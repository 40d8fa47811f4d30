import { sql } from 'kysely';

import type { HeldAttempt, LeaseRenewal } from '../queue-store.ts';
import type { Database } from '../sql/database.ts';

interface Row {
  readonly task_id: string | null;
  readonly attempt: number | null;
  readonly is_cancel_requested: boolean;
}

/**
 * One statement for a worker's whole heartbeat. The worker's row comes first, so that two beats of one worker wait
 * for each other there and not on each other's attempts.
 */
export async function renewLeases(
  database: Database,
  renewal: LeaseRenewal,
): Promise<HeldAttempt[] | undefined> {
  const { projectId, workerId, running, nowMs, leaseUntilMs } = renewal;
  const { rows } = await sql<Row>`
    with seen as materialized (
      update workers
      set last_seen_at = greatest(last_seen_at, ${nowMs}), is_connected = true,
        changed = case when is_connected then changed else ${database.nextChange()} end
      where id = ${workerId} and project_id = ${projectId}
      returning id),
    held as materialized (
      select a.task_id, a.attempt
      from unnest(${running.map(({ taskId }) => taskId)}::text[], ${running.map(({ attempt }) => attempt)}::int[])
        as named (task_id, attempt)
      join attempts a using (task_id, attempt) cross join seen
      where a.worker_id = seen.id and a.status = 'running'
      order by a.task_id for no key update of a),
    renewed as (
      update attempts a set lease_until = greatest(a.lease_until, ${leaseUntilMs}), is_acknowledged = true
      from held where a.task_id = held.task_id and a.attempt = held.attempt
      returning a.task_id, a.attempt)
    select renewed.task_id, renewed.attempt, t.cancel_requested_at is not null as is_cancel_requested
    from seen left join renewed on true left join tasks t on t.id = renewed.task_id
  `.execute(database.kysely);
  if (rows.length === 0) return undefined;
  return rows.flatMap(({ task_id: taskId, attempt, is_cancel_requested: isCancelRequested }) => {
    return taskId === null || attempt === null ? [] : [{ taskId, attempt, isCancelRequested }];
  });
}
