import { isTerminal, limits, taskStatuses, type TaskStatus } from '@verve/contract';
import { sql, type Insertable, type Transaction } from 'kysely';

import type { TaskRecord } from '../records.ts';
import type { CreateResult, Idempotency, NewTask, TaskFilter, TaskRef, TaskStore } from '../task-store.ts';
import type { Database } from './database.ts';
import { isOneOf } from './lists.ts';
import type { Schema, TaskTable } from './schema.ts';
import { changeAlone } from './task-change-alone.ts';
import { changeGuarded } from './task-change-guarded.ts';
import { changedTaskColumns } from './task-columns.ts';
import { taskColumns, toAttempt, toTask } from './task-rows.ts';
import { containsText } from './text-search.ts';

const endedStatuses = taskStatuses.filter(isTerminal);

/** Tasks in the tables of either database. */
export function createTaskStore(database: Database): TaskStore {
  const change = database.dialect === 'postgres' ? changeGuarded : changeAlone;
  return {
    create: (task, idempotency) => create(database, task, idempotency),
    find: (ref) => find(database, ref),
    list: (filter) => list(database, filter),
    statuses: (ids) => statuses(database, ids),
    attempts: async (taskId) => {
      const attempts = database.kysely.selectFrom('attempts').selectAll().where('task_id', '=', taskId);
      const newest = await attempts.orderBy('attempt', 'desc').limit(limits.taskAttempts).execute();
      return newest.toReversed().map(toAttempt);
    },
    change: (ref, decide) => change(database, ref, decide),
    remove: (ref) => database.kysely.transaction().execute((transaction) => remove(transaction, ref)),
  };
}

/** The unique index decides between creates with one key, so that none is lost between a look and an insert. */
async function create(
  { kysely, nextChange }: Database,
  task: NewTask,
  idempotency: Idempotency | undefined,
): Promise<CreateResult> {
  const values: Insertable<TaskTable> = {
    ...newTaskColumns(task),
    idempotency_key: idempotency?.key ?? null,
    idempotency_hash: idempotency?.bodyHash ?? null,
  };
  for (;;) {
    const created = await kysely
      .insertInto('tasks')
      .values({ ...values, changed: sql<number>`${nextChange()}` })
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'idempotency_key'])
          .where('idempotency_key', 'is not', null)
          .doNothing(),
      )
      .returning(taskColumns)
      .executeTakeFirst();
    if (created !== undefined) return { kind: 'created', task: toTask(created) };

    const first = await kysely
      .selectFrom('tasks')
      .select([...taskColumns, 'idempotency_hash'])
      .where('project_id', '=', task.projectId)
      .where('idempotency_key', '=', idempotency?.key ?? '')
      .executeTakeFirst();
    // Deleted since, and its key is free again.
    if (first === undefined) continue;
    if (first.idempotency_hash !== idempotency?.bodyHash) return { kind: 'mismatch' };
    return { kind: 'repeated', task: toTask(first) };
  }
}

/** What must be there, and what else this task has. */
function newTaskColumns(task: NewTask): Insertable<TaskTable> {
  return {
    ...(changedTaskColumns({}, task) as Partial<Insertable<TaskTable>>),
    id: task.id,
    project_id: task.projectId,
    title: task.title,
    description: task.description,
    repository: task.repository,
    priority: task.priority,
    labels: JSON.stringify(task.labels),
    requires: JSON.stringify(task.requires),
    max_attempts: task.maxAttempts,
    timeout_seconds: task.timeoutSeconds,
    allowed_failures: task.maxAttempts,
    created_by: task.createdBy,
    created_at: task.createdAt,
  };
}

async function find({ kysely }: Database, ref: TaskRef): Promise<TaskRecord | undefined> {
  const row = await kysely
    .selectFrom('tasks')
    .select(taskColumns)
    .where('id', '=', ref.id)
    .$if(ref.projectId !== undefined, (query) => query.where('project_id', '=', ref.projectId ?? ''))
    .executeTakeFirst();
  return row && toTask(row);
}

async function list(database: Database, filter: TaskFilter): Promise<TaskRecord[]> {
  const { projectId, status, q, before } = filter;
  let query = database.kysely
    .selectFrom('tasks')
    .select(taskColumns)
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (projectId !== undefined) query = query.where('project_id', '=', projectId);
  if (status !== undefined) query = query.where('status', '=', status);
  if (before !== undefined) query = query.where('id', '<', before);
  if (q !== undefined) query = query.where(containsText(database, ['title', 'description', 'id'], q));
  return (await query.execute()).map(toTask);
}

async function statuses(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TaskStatus>> {
  if (ids.length === 0) return new Map();
  const query = database.kysely.selectFrom('tasks').select(['id', 'status']);
  const rows = await query.where(isOneOf(database, 'id', ids)).execute();
  return new Map(rows.map(({ id, status }) => [id, status]));
}

async function remove(
  transaction: Transaction<Schema>,
  ref: TaskRef,
): Promise<'removed' | 'notEnded' | 'absent'> {
  // The attempts go with the task's row.
  const { numDeletedRows } = await transaction
    .deleteFrom('tasks')
    .where('id', '=', ref.id)
    .where('status', 'in', endedStatuses)
    .$if(ref.projectId !== undefined, (query) => query.where('project_id', '=', ref.projectId ?? ''))
    .executeTakeFirst();
  if (numDeletedRows > 0n) {
    await transaction.deleteFrom('chunks').where('task_id', '=', ref.id).execute();
    return 'removed';
  }
  const left = await transaction
    .selectFrom('tasks')
    .select('id')
    .where('id', '=', ref.id)
    .$if(ref.projectId !== undefined, (query) => query.where('project_id', '=', ref.projectId ?? ''))
    .executeTakeFirst();
  return left === undefined ? 'absent' : 'notEnded';
}
