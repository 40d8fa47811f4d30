import type { AttemptRef } from '@verve/contract';
import { sql } from 'kysely';

import type { ExpiryQuery, QueueDepth } from '../queue-store.ts';
import type { Database } from './database.ts';

/** One row for all servers. */
export async function noteSweep({ kysely }: Database, nowMs: number): Promise<void> {
  await kysely
    .insertInto('sweeps')
    .values({ id: 1, swept_at: nowMs })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ swept_at: nowMs }))
    .execute();
}

/** Running attempts whose lease is over, longest over first. */
export async function expiredLeases({ kysely }: Database, query: ExpiryQuery): Promise<AttemptRef[]> {
  const { nowMs, sweepingSinceMs } = query;
  const lengths = [
    { isAcknowledged: true, lengthMs: query.leaseMs },
    { isAcknowledged: false, lengthMs: query.acknowledgeMs },
  ];
  // No lease expires within its own length after a gap: its holder could not renew it meanwhile.
  const due = lengths.filter(({ lengthMs }) => sweepingSinceMs + lengthMs <= nowMs);
  if (due.length === 0) return [];
  const rows = await kysely
    .selectFrom('attempts')
    .select(['task_id', 'attempt'])
    .where('status', '=', 'running')
    .where('lease_until', '<=', nowMs)
    .where((expression) =>
      expression.or(due.map(({ isAcknowledged }) => expression('is_acknowledged', '=', isAcknowledged))),
    )
    .where((expression) =>
      expression.or([expression('publish_until', 'is', null), expression('publish_until', '<=', nowMs)]),
    )
    .orderBy('lease_until')
    .limit(query.limit)
    .execute();
  return rows.map((row) => ({ taskId: row.task_id, attempt: row.attempt }));
}

/** Sums of each project's part of `tasks_list_status`, which is in the order of age. */
export async function readDepth({ kysely }: Database, projectId?: string): Promise<QueueDepth> {
  const { rows } = await sql<{ pending: number; running: number; oldest: number | null }>`
    select cast(coalesce(sum(pending), 0) as bigint) as pending, cast(coalesce(sum(running), 0) as bigint) as running,
      min(oldest) as oldest
    from (
      select
        (select count(*) from tasks t where t.project_id = p.id and t.status = 'pending') as pending,
        (select count(*) from tasks t where t.project_id = p.id and t.status = 'running') as running,
        (select t.created_at from tasks t where t.project_id = p.id and t.status = 'pending'
          order by t.id limit 1) as oldest
      from projects p ${projectId === undefined ? sql`` : sql`where p.id = ${projectId}`}
    ) as each_project
  `.execute(kysely);
  const [row] = rows;
  return {
    pending: row?.pending ?? 0,
    running: row?.running ?? 0,
    oldestPendingAt: row?.oldest ?? undefined,
  };
}
