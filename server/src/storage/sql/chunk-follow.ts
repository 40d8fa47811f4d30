import { sql } from 'kysely';

import type { FollowedLog } from '../chunk-store.ts';
import type { ChunkRecord } from '../records.ts';
import { chunkColumns, toChunk, type ChunkRow } from './chunk-rows.ts';
import type { Database } from './database.ts';

const anyAttempt = 2_147_483_647;

/** The part of a log that a reader has not seen: after (attempt, seq), up to an attempt. */
interface Unread {
  readonly taskId: string;
  readonly attempt: number;
  readonly seq: number;
  readonly upTo: number;
}

/** What is new for each reader: one statement for all in Postgres, one for each where a statement is only a call. */
export async function readFollowed(
  database: Database,
  logs: readonly FollowedLog[],
  limitEach: number,
): Promise<ChunkRecord[][]> {
  const unread = logs.map(toUnread);
  if (unread.length === 0) return [];
  if (database.dialect === 'postgres') return readTogether(database, unread, limitEach);
  const answers: ChunkRecord[][] = [];
  for (const part of unread) answers.push(await readOne(database, part, limitEach));
  return answers;
}

/** Attempts before the followed one are not even looked at. */
function toUnread({ taskId, attempt, after }: FollowedLog): Unread {
  const isBefore = attempt !== undefined && after.attempt < attempt;
  return { taskId, ...(isBefore ? { attempt, seq: 0 } : after), upTo: attempt ?? anyAttempt };
}

async function readTogether(
  { kysely }: Database,
  unread: readonly Unread[],
  limitEach: number,
): Promise<ChunkRecord[][]> {
  const answers: ChunkRecord[][] = unread.map(() => []);
  const columns = sql.join(chunkColumns.map((column) => sql.ref(`c.${column}`)));
  const { rows } = await sql<ChunkRow & { reader: number }>`
    select r.reader, ${columns}
    from unnest(
      ${unread.map(({ taskId }) => taskId)}::text[], ${unread.map(({ attempt }) => attempt)}::int[],
      ${unread.map(({ seq }) => seq)}::bigint[], ${unread.map(({ upTo }) => upTo)}::int[]
    ) with ordinality as r (task_id, attempt, seq, up_to, reader)
    cross join lateral (
      select * from chunks c
      where c.task_id = r.task_id and (c.attempt, c.seq) > (r.attempt, r.seq) and c.attempt <= r.up_to
      order by c.attempt, c.seq limit ${limitEach}
    ) c
    order by r.reader, c.attempt, c.seq
  `.execute(kysely);
  for (const row of rows) answers[row.reader - 1]?.push(toChunk(row));
  return answers;
}

async function readOne({ kysely }: Database, part: Unread, limit: number): Promise<ChunkRecord[]> {
  const rows = await kysely
    .selectFrom('chunks')
    .select(chunkColumns)
    .where('task_id', '=', part.taskId)
    .where(sql<boolean>`(attempt, seq) > (${part.attempt}, ${part.seq})`)
    .where('attempt', '<=', part.upTo)
    .orderBy('attempt')
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(toChunk);
}
