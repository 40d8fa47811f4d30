import { sql, type RawBuilder } from 'kysely';

import type { TaskRecord } from '../records.ts';
import type { TaskRef, TaskSnapshot } from '../task-store.ts';
import type { Database } from './database.ts';
import { taskColumns, toAttempt, toTask, type AttemptRow, type TaskRow } from './task-rows.ts';
import { writesOf, type Decide, type TaskWrites } from './task-writes.ts';

/** A snapshot with the versions (xmin) of the rows that it was read from. */
interface Versioned {
  readonly snapshot: TaskSnapshot;
  readonly taskVersion: string;
  readonly attemptVersion: string | null;
}

const columns = sql.join(taskColumns.map((column) => sql.ref(`t.${column}`)));

/**
 * Reads and decides without a lock, then writes if nobody else has written either row meanwhile, else begins again:
 * two round trips in all, and no transaction is left open while the program thinks. Of several at once, one always
 * gets through.
 */
export async function changeGuarded(
  database: Database,
  ref: TaskRef,
  decide: Decide,
): Promise<TaskRecord | undefined> {
  for (;;) {
    const versioned = await readVersioned(database, ref);
    if (versioned === undefined) return undefined;
    const { snapshot } = versioned;
    const writes = writesOf(snapshot, decide(snapshot));
    if (writes.task === undefined && writes.attempt === undefined) return snapshot.task;
    const { rows } = await writeGuarded(database, versioned, writes).execute(database.kysely);
    const [row] = rows;
    if (row !== undefined) return toTask(row);
  }
}

async function readVersioned({ kysely }: Database, ref: TaskRef): Promise<Versioned | undefined> {
  const { rows } = await sql<
    TaskRow & {
      version: string;
      attempt_row: AttemptRow | null;
      attempt_version: string | null;
      last_seq: number;
    }
  >`
    select ${columns}, t.xmin::text as version, to_jsonb(a) as attempt_row, a.xmin::text as attempt_version,
      (select coalesce(max(seq), 0) from chunks c where c.task_id = t.id and c.attempt = a.attempt) as last_seq
    from tasks t
    left join attempts a on a.task_id = t.id and a.attempt = ${ref.attempt === undefined ? sql`t.attempt` : ref.attempt}
    where t.id = ${ref.id} ${ref.projectId === undefined ? sql`` : sql`and t.project_id = ${ref.projectId}`}
  `.execute(kysely);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    snapshot: {
      task: toTask(row),
      attempt: row.attempt_row === null ? undefined : toAttempt(row.attempt_row),
      lastSeq: row.last_seq,
    },
    taskVersion: row.version,
    attemptVersion: row.attempt_version,
  };
}

/**
 * Locks both rows in their versions before it writes either, so that it writes both or none: a row that a concurrent
 * statement has changed is checked again in its newest version once the lock is there.
 */
function writeGuarded(database: Database, versioned: Versioned, writes: TaskWrites): RawBuilder<TaskRow> {
  const { snapshot, taskVersion, attemptVersion } = versioned;
  const { task, attempt } = snapshot;
  const held =
    attempt === undefined
      ? sql`select t.id from tasks t where t.id = ${task.id} and t.xmin = ${taskVersion}::xid for no key update`
      : sql`
        select t.id from tasks t join attempts a on a.task_id = t.id and a.attempt = ${attempt.attempt}
        where t.id = ${task.id} and t.xmin = ${taskVersion}::xid and a.xmin = ${attemptVersion}::xid
        for no key update`;
  const writeAttempt =
    attempt === undefined || writes.attempt === undefined
      ? sql``
      : sql`, attempt_written as (
        update attempts a set ${assignments(writes.attempt)} from held
        where a.task_id = held.id and a.attempt = ${attempt.attempt})`;
  if (writes.task === undefined) {
    return sql`with held as materialized (${held}) ${writeAttempt} select ${columns} from held join tasks t using (id)`;
  }
  return sql`
    with held as materialized (${held}) ${writeAttempt}
    update tasks t set ${assignments(writes.task)}, changed = ${database.nextChange()} from held
    where t.id = held.id returning ${columns}`;
}

function assignments(values: object): RawBuilder<unknown> {
  return sql.join(Object.entries(values).map(([column, value]) => sql`${sql.ref(column)} = ${value}`));
}
