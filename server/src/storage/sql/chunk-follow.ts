import { sql } from 'kysely';

import type { ChunkPage, FollowedLog, FollowedPart } from '../chunk-store.ts';
import { columnsOfC, readRange, toPage, type PagedRow } from './chunk-read.ts';
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
  each: FollowedPart,
): Promise<ChunkPage[]> {
  const unread = logs.map(toUnread);
  if (unread.length === 0) return [];
  if (database.dialect === 'postgres') return readTogether(database, unread, each);
  const pages: ChunkPage[] = [];
  for (const one of unread) pages.push(await readOne(database, one, each));
  return pages;
}

/** Attempts before the followed one are not even looked at. */
function toUnread({ taskId, attempt, after }: FollowedLog): Unread {
  const isBefore = attempt !== undefined && after.attempt < attempt;
  return { taskId, ...(isBefore ? { attempt, seq: 0 } : after), upTo: attempt ?? anyAttempt };
}

/** Lines stay where they are stored until it is clear which are wanted. */
async function readTogether(
  { kysely }: Database,
  unread: readonly Unread[],
  { limit, maxBytes }: FollowedPart,
): Promise<ChunkPage[]> {
  const { rows } = await sql<PagedRow & { reader: number }>`
    select c.reader, ${columnsOfC}, c.page_size
    from (
      select r.reader, c.*, count(*) over (partition by r.reader) as page_size,
        row_number() over (partition by r.reader order by c.attempt, c.seq) as place,
        sum(c.bytes) over (partition by r.reader order by c.attempt, c.seq rows unbounded preceding) as bytes_so_far
      from unnest(
        ${unread.map(({ taskId }) => taskId)}::text[], ${unread.map(({ attempt }) => attempt)}::int[],
        ${unread.map(({ seq }) => seq)}::bigint[], ${unread.map(({ upTo }) => upTo)}::int[]
      ) with ordinality as r (task_id, attempt, seq, up_to, reader)
      cross join lateral (
        select * from chunks c
        where c.task_id = r.task_id and (c.attempt, c.seq) > (r.attempt, r.seq) and c.attempt <= r.up_to
        order by c.attempt, c.seq limit ${limit}
      ) c
    ) c
    where c.place = 1 or c.bytes_so_far <= ${maxBytes}
    order by c.reader, c.attempt, c.seq
  `.execute(kysely);
  const byReader = Map.groupBy(rows, ({ reader }) => reader);
  return unread.map((_, index) => toPage(byReader.get(index + 1) ?? []));
}

function readOne(database: Database, part: Unread, each: FollowedPart): Promise<ChunkPage> {
  const conditions = [
    sql`(attempt, seq) > (${part.attempt}, ${part.seq})`,
    sql`attempt <= ${part.upTo}`,
  ] as const;
  return readRange(database, { taskId: part.taskId, conditions, direction: 'asc', ...each });
}
