import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

import type { Change, ChangeFeed, ChangePage } from '../change-feed.ts';
import { PositionInvalid } from '../storage.ts';
import { formatPosition, parsePosition } from './change-position.ts';
import type { ChangePosition } from './change-position.ts';
import type { Database } from './database.ts';
import { toWorker } from './rows.ts';
import { taskColumns, toTask } from './task-rows.ts';
import { selectWorkers } from './workers.ts';

/** A row that changed, and where. */
interface Key extends ChangePosition {
  readonly kind: Change['kind'];
}

interface KeyPage {
  readonly keys: readonly Key[];
  readonly next: string;
}

type ChangeQuery = Parameters<ChangeFeed['read']>[0];

/**
 * Reads tasks and workers in the order of their `changed` columns. In Postgres that is the writing transaction, and
 * only rows below the oldest transaction that still runs are read: none can appear behind a reader. In SQLite it is a
 * counter, and writers come one at a time.
 */
export function createChangeFeed(database: Database): ChangeFeed {
  return {
    async head() {
      const { horizon } = await sql<{
        horizon: string | number;
      }>`select ${database.changeHorizon()} as horizon`
        .execute(database.kysely)
        .then(({ rows: [row] }) => row ?? { horizon: 0 });
      return formatPosition({ changed: String(horizon), id: '' });
    },

    async read(query): Promise<ChangePage> {
      const { keys, next } = await readKeys(database, query);
      const changes = await readChanges(database, keys);
      // A row that was deleted after its key was read is left out.
      const found = keys.flatMap((key) => {
        const change = changes.get(key.id);
        return change === undefined ? [] : [{ position: formatPosition(key), change }];
      });
      return { changes: found, next };
    },
  };
}

/** One statement, by the indexes on (changed, id); a reader that finds nothing costs no other. */
async function readKeys(database: Database, query: ChangeQuery): Promise<KeyPage> {
  const after = parsePosition(query.after);
  const { rows } = await sql<{
    horizon: string | number;
    is_future: boolean | number;
    kind: Change['kind'] | null;
    id: string | null;
    changed: string | number | null;
  }>`
    with state as (select ${database.changeHorizon()} as horizon)
    select state.horizon, ${number(database, after.changed)} > state.horizon as is_future, found.*
    from state left join (
      select * from (${changedIn(database, 'task', query)}) as changed_tasks
      union all
      select * from (${changedIn(database, 'worker', query)}) as changed_workers
    ) as found on true
    order by found.changed, found.id
    limit ${query.limit}
  `.execute(database.kysely);
  const [first] = rows;
  if (first === undefined) return { keys: [], next: query.after };
  if (first.is_future) throw new PositionInvalid('the position is of another database');
  const keys = rows.flatMap(({ kind, id, changed }) =>
    kind === null || id === null ? [] : [{ kind, id, changed: String(changed) }],
  );
  // A page that is not full has everything below the horizon.
  const last = keys.length < query.limit ? undefined : keys.at(-1);
  return { keys, next: formatPosition(last ?? { changed: String(first.horizon), id: '' }) };
}

function changedIn(database: Database, kind: Change['kind'], query: ChangeQuery): RawBuilder<unknown> {
  const after = parsePosition(query.after);
  const ofProject = query.projectId === undefined ? sql`` : sql`and project_id = ${query.projectId}`;
  return sql`
    select ${sql.lit(kind)} as kind, id, changed
    from ${sql.table(`${kind}s`)}
    where (changed, id) > (${number(database, after.changed)}, ${after.id})
      and changed < (select horizon from state) ${ofProject}
    order by changed, id
    limit ${query.limit}`;
}

function number({ dialect }: Database, changed: string): RawBuilder<unknown> {
  return dialect === 'postgres' ? sql`cast(${changed} as xid8)` : sql`cast(${changed} as integer)`;
}

/** At most one statement a table. */
async function readChanges(database: Database, keys: readonly Key[]): Promise<Map<string, Change>> {
  const idsOf = (kind: Change['kind']): string[] =>
    keys.filter((key) => key.kind === kind).map(({ id }) => id);
  const [taskIds, workerIds] = [idsOf('task'), idsOf('worker')];
  const tasks =
    taskIds.length === 0
      ? []
      : await database.kysely.selectFrom('tasks').select(taskColumns).where('id', 'in', taskIds).execute();
  const workers =
    workerIds.length === 0 ? [] : await selectWorkers(database).where('id', 'in', workerIds).execute();
  return new Map<string, Change>([
    ...tasks.map((row): [string, Change] => [row.id, { kind: 'task', task: toTask(row) }]),
    ...workers.map((row): [string, Change] => [row.id, { kind: 'worker', worker: toWorker(row) }]),
  ]);
}
