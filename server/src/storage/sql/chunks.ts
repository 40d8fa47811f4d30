import type { ReaderPosition } from '@verve/contract';
import { sql } from 'kysely';

import type { ChunkQuery, ChunkStore } from '../chunk-store.ts';
import type { ChunkRecord } from '../records.ts';
import { appendChunk } from './chunk-append.ts';
import { readFollowed } from './chunk-follow.ts';
import { excessBefore, pruneLogs } from './chunk-prune.ts';
import { chunkColumns, toChunk } from './chunk-rows.ts';
import type { Database } from './database.ts';
import { containsText } from './text-search.ts';

/** Log chunks in the tables of either database. */
export function createChunkStore(database: Database): ChunkStore {
  return {
    append: (append) => appendChunk(database, append),
    read: (query) => readChunks(database, query),
    readFollowed: (logs, limitEach) => readFollowed(database, logs, limitEach),
    position: (taskId, attempt, projectId) => position(database, { taskId, attempt, projectId }),
    prune: (retention) => pruneLogs(database, retention),
    excessBefore: (maxBytes) => excessBefore(database, maxBytes),
  };
}

async function readChunks(database: Database, query: ChunkQuery): Promise<ChunkRecord[]> {
  const { taskId, attempt, after, before, tail, limit, q } = query;
  const isFromEnd = before !== undefined || tail !== undefined;
  const direction = isFromEnd ? 'desc' : 'asc';
  let select = database.kysely
    .selectFrom('chunks')
    .select(chunkColumns)
    .where('task_id', '=', taskId)
    .orderBy('attempt', direction)
    .orderBy('seq', direction)
    .limit(Math.min(limit, tail ?? limit));
  if (attempt !== undefined) select = select.where('attempt', '=', attempt);
  if (after !== undefined) {
    select = select.where(sql<boolean>`(attempt, seq) > (${after.attempt}, ${after.seq})`);
  }
  if (before !== undefined) {
    select = select.where(sql<boolean>`(attempt, seq) < (${before.attempt}, ${before.seq})`);
  }
  if (q !== undefined) select = select.where(containsText(database, ['lines'], q));
  const chunks = (await select.execute()).map(toChunk);
  return isFromEnd ? chunks.reverse() : chunks;
}

/** The newest cursor: a chunk without one holds lines that its reader did not read from the source. */
async function position(
  { kysely }: Database,
  ref: { readonly taskId: string; readonly attempt: number; readonly projectId: string | undefined },
): Promise<ReaderPosition | undefined> {
  const { rows } = await sql<{ last_seq: number; cursor: string | null }>`
    select
      (select coalesce(max(c.seq), 0) from chunks c where c.task_id = a.task_id and c.attempt = a.attempt) as last_seq,
      (select c.cursor from chunks c where c.task_id = a.task_id and c.attempt = a.attempt and c.cursor is not null
        order by c.seq desc limit 1) as cursor
    from attempts a join tasks t on t.id = a.task_id
    where a.task_id = ${ref.taskId} and a.attempt = ${ref.attempt}
      ${ref.projectId === undefined ? sql`` : sql`and t.project_id = ${ref.projectId}`}
  `.execute(kysely);
  const [row] = rows;
  if (row === undefined) return undefined;
  return { lastSeq: row.last_seq, ...(row.cursor !== null && { cursor: row.cursor }) };
}
