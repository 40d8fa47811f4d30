import { patternToRegex } from '@verve/contract';
import { sql, type RawBuilder } from 'kysely';

import type { ClaimRequest, Fit } from '../queue-store.ts';
import type { TaskRecord } from '../records.ts';
import type { Database } from '../sql/database.ts';
import { taskColumns, toTask, type TaskRow } from '../sql/task-rows.ts';
import type { Band, Watermark } from '../sql/watermark.ts';

const columns = sql.join(taskColumns.map((column) => sql.ref(`t.${column}`)));

/** As the index `tasks_queue` has it, and no other. */
const queuedId = sql.raw('id collate "POSIX"');

/**
 * One statement: locks the first fitting tasks in the order of the index `tasks_queue`, skipping what another claim
 * has locked, and makes them running with an attempt each. It is planned anew each time, with its values known, so
 * that no plan made for an empty queue is kept for a long one.
 */
export async function claimTasks(
  database: Database,
  request: ClaimRequest,
  watermark: Watermark,
): Promise<TaskRecord[]> {
  if (request.workerIds.length === 0) return [];
  const { rows } = await claimStatement(database, request, watermark).execute(database.kysely);
  return rows.map(toTask);
}

/** The statement by itself, so that its plan can be looked at. */
export function claimStatement(
  database: Pick<Database, 'nextChange'>,
  { fit, workerIds, nowMs, leaseUntilMs }: ClaimRequest,
  watermark: Watermark,
): RawBuilder<TaskRow> {
  const limit = workerIds.length;
  const fits = fitCondition(fit);
  const bands = watermark.map((band) => {
    return sql`select * from (
      select id, priority from tasks
      where project_id = ${fit.projectId} and status = 'pending' and ${bandCondition(band)}
        and (not_before is null or not_before <= ${nowMs}) and ${fits}
      order by priority desc, ${queuedId} limit ${limit} for no key update skip locked) as band`;
  });
  return sql<TaskRow>`
    with picked as materialized (select * from (${sql.join(bands, sql` union all `)}) as bands limit ${limit}),
    placed as (select id, row_number() over (order by priority desc, id) as place from picked),
    claimed as (
      update tasks t
      set status = 'running', attempt = t.attempt + 1, worker_id = (${workerIds}::text[])[placed.place],
        phase = null, waiting = null, reason = null, message = null, not_before = null,
        started_at = coalesce(t.started_at, ${nowMs}), finished_at = null, is_log_pruned = false,
        changed = ${database.nextChange()}
      from placed where t.id = placed.id
      returning ${columns}, placed.place),
    attempted as (
      insert into attempts (task_id, attempt, worker_id, started_at, lease_until)
      select id, attempt, worker_id, ${nowMs}, ${leaseUntilMs} from claimed)
    select * from claimed order by place`;
}

/** A band of one priority begins right at its place in the index. */
function bandCondition({ highest, lowest, after }: Band): RawBuilder<unknown> {
  if (highest === lowest) return sql`priority = ${highest} and ${queuedId} > ${after}`;
  return sql`priority between ${lowest} and ${highest} and ${queuedId} > ${after}`;
}

/** The same rule as `fitsWorker`. */
function fitCondition({ agents, repositories, labels }: Fit): RawBuilder<unknown> {
  const conditions = [sql`requires <@ ${JSON.stringify(labels)}::jsonb`];
  if (agents !== undefined) conditions.push(sql`(agent is null or agent = any(${agents}::text[]))`);
  if (repositories !== undefined) conditions.push(repositoryCondition(repositories));
  return sql.join(conditions, sql` and `);
}

/**
 * Postgres keeps few compiled expressions, so that many patterns would be compiled again for every task: LIKE, which
 * lets through at least as much, goes first.
 */
function repositoryCondition(patterns: readonly string[]): RawBuilder<unknown> {
  const likes = patterns.map((pattern) => {
    return pattern.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll(/\*+/g, '%');
  });
  const expressions = patterns.map((pattern) => patternToRegex(pattern).source);
  return sql`exists (
    select 1 from unnest(${likes}::text[], ${expressions}::text[]) as pattern (wide, exact)
    where case when repository like pattern.wide then repository ~ pattern.exact else false end)`;
}
