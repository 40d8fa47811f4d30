import { sql, type RawBuilder } from 'kysely';

import type { ChunkPage, ChunkQuery } from '../chunk-store.ts';
import { chunkColumns, toChunk, type ChunkRow } from './chunk-rows.ts';
import type { Database } from './database.ts';
import { containsText } from './text-search.ts';

/** A row of a page, with the number of chunks that the page would have had without `maxBytes`. */
export type PagedRow = ChunkRow & { readonly page_size: number };

/** The columns of a chunk `c`. */
export const columnsOfC = sql.join(chunkColumns.map((column) => sql.ref(`c.${column}`)));

/** A part of a task's log, read from one of its ends. */
interface LogRange {
  readonly taskId: string;
  readonly conditions: readonly RawBuilder<unknown>[];
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
  readonly maxBytes?: number | undefined;
}

/** Reads what a query asks for. */
export function readChunks(database: Database, query: ChunkQuery): Promise<ChunkPage> {
  const { taskId, attempt, after, before, tail, limit, maxBytes, q } = query;
  const conditions: RawBuilder<unknown>[] = [];
  if (attempt !== undefined) conditions.push(sql`attempt = ${attempt}`);
  if (after !== undefined) conditions.push(sql`(attempt, seq) > (${after.attempt}, ${after.seq})`);
  if (before !== undefined) conditions.push(sql`(attempt, seq) < (${before.attempt}, ${before.seq})`);
  if (q !== undefined) conditions.push(containsText(database, ['lines'], q));
  const direction = before !== undefined || tail !== undefined ? 'desc' : 'asc';
  const range = { taskId, conditions, direction, limit: Math.min(limit, tail ?? limit), maxBytes } as const;
  return readRange(database, range);
}

/**
 * Measures first and takes the lines only of those that fit: what is cut off is not in anybody's memory, SQLite's
 * neither.
 */
export async function readRange({ kysely }: Database, range: LogRange): Promise<ChunkPage> {
  const { taskId, limit, maxBytes = Number.MAX_SAFE_INTEGER } = range;
  const direction = sql.raw(range.direction);
  const conditions = sql.join([sql`task_id = ${taskId}`, ...range.conditions], sql` and `);
  const { rows } = await sql<PagedRow>`
    with page as (
      select attempt, seq, bytes from chunks where ${conditions}
      order by attempt ${direction}, seq ${direction} limit ${limit}),
    measured as (
      select attempt, seq, count(*) over () as page_size,
        row_number() over (order by attempt ${direction}, seq ${direction}) as place,
        sum(bytes) over (order by attempt ${direction}, seq ${direction} rows unbounded preceding) as bytes_so_far
      from page)
    select ${columnsOfC}, measured.page_size
    from measured join chunks c on c.task_id = ${taskId} and c.attempt = measured.attempt and c.seq = measured.seq
    where measured.place = 1 or measured.bytes_so_far <= ${maxBytes}
    order by c.attempt, c.seq
  `.execute(kysely);
  return toPage(rows);
}

/** Makes a page of its rows. */
export function toPage(rows: readonly PagedRow[]): ChunkPage {
  return { chunks: rows.map(toChunk), isCut: rows.length < (rows[0]?.page_size ?? 0) };
}
