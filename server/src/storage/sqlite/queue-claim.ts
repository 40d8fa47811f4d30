import type { Labels } from '@verve/contract';
import { sql, type Kysely } from 'kysely';

import { fitRule } from '../fit.ts';
import type { ClaimRequest } from '../queue-store.ts';
import type { TaskRecord } from '../records.ts';
import type { Database } from '../sql/database.ts';
import { absent, fromJson } from '../sql/rows.ts';
import type { Schema } from '../sql/schema.ts';
import { taskColumns, toTask, type TaskRow } from '../sql/task-rows.ts';
import type { Band, Watermark } from '../sql/watermark.ts';

const pageSize = 200;

interface Candidate {
  readonly id: string;
  readonly priority: number;
}

/** Walks the queue in its order until enough tasks fit, and makes them running with an attempt each. */
export async function claimTasks(
  database: Database,
  request: ClaimRequest,
  watermark: Watermark,
): Promise<TaskRecord[]> {
  if (request.workerIds.length === 0) return [];
  return database.kysely.transaction().execute(async (transaction) => {
    const picked = await pick(transaction, request, watermark);
    const claimed: TaskRecord[] = [];
    for (const [place, { id }] of picked.entries()) {
      const workerId = request.workerIds[place] ?? '';
      claimed.push(await start({ ...database, kysely: transaction }, request, { id, workerId }));
    }
    return claimed;
  });
}

async function pick(
  kysely: Kysely<Schema>,
  request: ClaimRequest,
  watermark: Watermark,
): Promise<Candidate[]> {
  const fits = fitRule(request.fit);
  const picked: Candidate[] = [];
  for (const band of watermark) {
    let last: Candidate | undefined;
    do {
      const page = await readPage(kysely, { request, band, last });
      picked.push(...page.filter(fits));
      last = page.length < pageSize ? undefined : page.at(-1);
    } while (last !== undefined && picked.length < request.workerIds.length);
    if (picked.length >= request.workerIds.length) break;
  }
  return picked.slice(0, request.workerIds.length);
}

interface Page {
  readonly request: ClaimRequest;
  readonly band: Band;
  /** Where the page before has ended. */
  readonly last: Candidate | undefined;
}

interface CandidateTask extends Candidate {
  readonly projectId: string;
  readonly agent: string | undefined;
  readonly repository: string;
  readonly requires: Labels;
}

type CandidateRow = Pick<TaskRow, 'id' | 'priority' | 'project_id' | 'agent' | 'repository' | 'requires'>;

async function readPage(kysely: Kysely<Schema>, { request, band, last }: Page): Promise<CandidateTask[]> {
  const { fit, nowMs } = request;
  const agents = fit.agents && JSON.stringify(fit.agents);
  const { rows } = await sql<CandidateRow>`
    select id, priority, project_id, agent, repository, requires
    from tasks indexed by tasks_queue
    where project_id = ${fit.projectId} and status = 'pending'
      and priority between ${band.lowest} and ${last?.priority ?? band.highest} and id > ${band.after}
      and (not_before is null or not_before <= ${nowMs})
      ${last === undefined ? sql`` : sql`and (priority < ${last.priority} or id > ${last.id})`}
      ${agents === undefined ? sql`` : sql`and (agent is null or agent in (select value from json_each(${agents})))`}
    order by priority desc, id limit ${pageSize}
  `.execute(kysely);
  return rows.map((row) => ({
    id: row.id,
    priority: row.priority,
    projectId: row.project_id,
    agent: absent(row.agent),
    repository: row.repository,
    requires: fromJson(row.requires) as Labels,
  }));
}

async function start(
  { kysely, nextChange }: Database,
  { nowMs, leaseUntilMs }: ClaimRequest,
  { id, workerId }: { readonly id: string; readonly workerId: string },
): Promise<TaskRecord> {
  const row = await kysely
    .updateTable('tasks')
    .set((expression) => ({
      status: 'running',
      attempt: expression('attempt', '+', 1),
      worker_id: workerId,
      phase: null,
      waiting: null,
      reason: null,
      message: null,
      not_before: null,
      started_at: expression.fn.coalesce('started_at', expression.val(nowMs)),
      finished_at: null,
      is_log_pruned: false,
      changed: sql<number>`${nextChange()}`,
    }))
    .where('id', '=', id)
    .returning(taskColumns)
    .executeTakeFirstOrThrow();
  const task = toTask(row);
  await kysely
    .insertInto('attempts')
    .values({
      task_id: id,
      attempt: task.attempt,
      worker_id: workerId,
      started_at: nowMs,
      lease_until: leaseUntilMs,
    })
    .execute();
  return task;
}
