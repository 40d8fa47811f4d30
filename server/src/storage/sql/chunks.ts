import type { ReaderPosition } from '@verve/contract';
import { sql } from 'kysely';

import type { ChunkStore } from '../chunk-store.ts';
import { appendChunk } from './chunk-append.ts';
import { readFollowed } from './chunk-follow.ts';
import { excessBefore, pruneLogs } from './chunk-prune.ts';
import { readChunks } from './chunk-read.ts';
import type { Database } from './database.ts';

/** Log chunks in the tables of either database. */
export function createChunkStore(database: Database): ChunkStore {
  return {
    append: (append) => appendChunk(database, append),
    read: (query) => readChunks(database, query),
    readFollowed: (logs, each) => readFollowed(database, logs, each),
    position: (taskId, attempt, projectId) => position(database, { taskId, attempt, projectId }),
    prune: (retention) => pruneLogs(database, retention),
    excessBefore: (maxBytes) => excessBefore(database, maxBytes),
  };
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
