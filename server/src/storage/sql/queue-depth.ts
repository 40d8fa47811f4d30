import { sql } from 'kysely';

import type { QueueDepth } from '../queue-store.ts';
import type { Database } from './database.ts';

/** One statement over the partial indexes of what is pending and what runs, however many tasks have ended. */
export async function readQueueDepth({ kysely }: Database, projectId?: string): Promise<QueueDepth> {
  const pendingOf = projectId === undefined ? sql`` : sql`and project_id = ${projectId}`;
  const runningOf =
    projectId === undefined
      ? sql``
      : sql`and exists (select 1 from tasks where tasks.id = attempts.task_id and tasks.project_id = ${projectId})`;
  const { rows } = await sql<{ pending: number; oldest: number | null; running: number }>`
    select count(*) as pending, min(created_at) as oldest,
      (select count(*) from attempts where status = 'running' ${runningOf}) as running
    from tasks where status = 'pending' ${pendingOf}
  `.execute(kysely);
  const row = rows[0];
  return {
    pending: row?.pending ?? 0,
    running: row?.running ?? 0,
    oldestPendingAt: row?.oldest ?? undefined,
  };
}
