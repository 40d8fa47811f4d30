import { sql, type Kysely } from 'kysely';

import type { AttemptRecord, TaskRecord } from '../records.ts';
import type { TaskRef, TaskSnapshot } from '../task-store.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import { taskColumns, toAttempt, toTask } from './task-rows.ts';
import { writesOf, type Decide, type TaskWrites } from './task-writes.ts';

/** Reads, decides and writes in one transaction, which on SQLite is alone with the database. */
export function changeAlone(
  database: Database,
  ref: TaskRef,
  decide: Decide,
): Promise<TaskRecord | undefined> {
  return database.kysely.transaction().execute(async (transaction) => {
    const snapshot = await readSnapshot(transaction, ref);
    if (snapshot === undefined) return undefined;
    const writes = writesOf(snapshot, decide(snapshot));
    await writeAttempt(transaction, snapshot.attempt, writes.attempt);
    if (writes.task === undefined) return snapshot.task;
    const row = await transaction
      .updateTable('tasks')
      .set({ ...writes.task, changed: sql<number>`${database.nextChange()}` })
      .where('id', '=', ref.id)
      .returning(taskColumns)
      .executeTakeFirstOrThrow();
    return toTask(row);
  });
}

async function writeAttempt(
  kysely: Kysely<Schema>,
  attempt: AttemptRecord | undefined,
  columns: TaskWrites['attempt'],
): Promise<void> {
  if (attempt === undefined || columns === undefined) return;
  await kysely
    .updateTable('attempts')
    .set(columns)
    .where('task_id', '=', attempt.taskId)
    .where('attempt', '=', attempt.attempt)
    .execute();
}

async function readSnapshot(kysely: Kysely<Schema>, ref: TaskRef): Promise<TaskSnapshot | undefined> {
  const task = await kysely
    .selectFrom('tasks')
    .select(taskColumns)
    .where('id', '=', ref.id)
    .$if(ref.projectId !== undefined, (query) => query.where('project_id', '=', ref.projectId ?? ''))
    .executeTakeFirst();
  if (task === undefined) return undefined;
  const number = ref.attempt ?? task.attempt;
  const attempt = await kysely
    .selectFrom('attempts')
    .selectAll()
    .where('task_id', '=', ref.id)
    .where('attempt', '=', number)
    .executeTakeFirst();
  const last = await kysely
    .selectFrom('chunks')
    .select((expression) => expression.fn.max('seq').as('seq'))
    .where('task_id', '=', ref.id)
    .where('attempt', '=', number)
    .executeTakeFirst();
  return { task: toTask(task), attempt: attempt && toAttempt(attempt), lastSeq: last?.seq ?? 0 };
}
