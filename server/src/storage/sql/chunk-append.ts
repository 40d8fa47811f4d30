import { isDeepStrictEqual } from 'node:util';

import type { AttemptStatus, TaskStatus } from '@verve/contract';
import { sql, type RawBuilder } from 'kysely';

import type { AppendResult, ChunkAppend } from '../chunk-store.ts';
import { toChunkContent, type ChunkContent } from './chunk-rows.ts';
import type { Database } from './database.ts';

/**
 * Stores a chunk if the attempt is held and `seq` is the next one. Only when it was not stored does a second statement
 * find out why.
 */
export async function appendChunk(database: Database, append: ChunkAppend): Promise<AppendResult> {
  const content = toChunkContent(append.chunk);
  for (;;) {
    if (await insert(database, append, content)) return { kind: 'stored' };
    const result = await refusal(database, append, content);
    // The chunk before it came to be between the two statements.
    if (result !== undefined) return result;
  }
}

/** The first chunk of an attempt acknowledges its claim, too; later ones touch nothing but their own row. */
async function insert(database: Database, append: ChunkAppend, content: ChunkContent): Promise<boolean> {
  const statement = insertStatement(append, content);
  if (append.chunk.seq > 1) return (await statement.execute(database.kysely)).rows.length > 0;
  if (database.dialect === 'postgres') {
    const both = sql`
      with stored as (${statement}),
      acknowledged as (${acknowledgeStatement(append)} and exists (select 1 from stored))
      select seq from stored`;
    return (await both.execute(database.kysely)).rows.length > 0;
  }
  return database.kysely.transaction().execute(async (transaction) => {
    const { rows } = await statement.execute(transaction);
    if (rows.length > 0) await acknowledgeStatement(append).execute(transaction);
    return rows.length > 0;
  });
}

/** Checks and inserts without a lock on the attempt: of two equal numbers at once, the primary key lets one through. */
function insertStatement(append: ChunkAppend, content: ChunkContent): RawBuilder<unknown> {
  const { taskId, projectId, chunk, nowMs } = append;
  const bytes = Buffer.byteLength(content.lines);
  return sql`
    insert into chunks (task_id, attempt, seq, phase, cursor, at, streams, lines, bytes, created_at)
    select a.task_id, a.attempt, cast(${chunk.seq} as bigint), ${content.phase}, ${content.cursor}, ${content.at},
      ${content.streams}, ${content.lines}, cast(${bytes} as integer), cast(${nowMs} as bigint)
    from attempts a
    where a.task_id = ${taskId} and a.attempt = ${chunk.attempt} and a.status = 'running'
      and (select coalesce(max(c.seq), 0) from chunks c where c.task_id = ${taskId} and c.attempt = ${chunk.attempt})
        = cast(${chunk.seq - 1} as bigint)
      ${projectId === undefined ? sql`` : sql`and exists (select 1 from tasks t where t.id = a.task_id and t.project_id = ${projectId})`}
    on conflict do nothing
    returning seq`;
}

function acknowledgeStatement({ taskId, chunk, leaseUntilMs }: ChunkAppend): RawBuilder<unknown> {
  return sql`
    update attempts
    set is_acknowledged = true,
      lease_until = case when lease_until > ${leaseUntilMs} then lease_until else ${leaseUntilMs} end
    where task_id = ${taskId} and attempt = ${chunk.attempt} and status = 'running' and not is_acknowledged`;
}

interface Standing {
  readonly newest: number;
  readonly task_status: TaskStatus;
  readonly attempt_status: AttemptStatus;
  readonly last_seq: number;
  readonly is_there: boolean | number;
  readonly phase: ChunkContent['phase'];
  readonly cursor: string | null;
  readonly at: string;
  readonly streams: string;
  readonly lines: string;
}

/** Why the chunk was not stored; undefined when by now nothing stands in its way. */
async function refusal(
  { kysely }: Database,
  { taskId, projectId, chunk }: ChunkAppend,
  content: ChunkContent,
): Promise<AppendResult | undefined> {
  const { rows } = await sql<Standing>`
    select t.attempt as newest, t.status as task_status, a.status as attempt_status, c.seq is not null as is_there,
      (select coalesce(max(l.seq), 0) from chunks l where l.task_id = a.task_id and l.attempt = a.attempt) as last_seq,
      c.phase, c.cursor, c.at, c.streams, c.lines
    from tasks t join attempts a on a.task_id = t.id
    left join chunks c on c.task_id = a.task_id and c.attempt = a.attempt and c.seq = ${chunk.seq}
    where t.id = ${taskId} and a.attempt = ${chunk.attempt}
      ${projectId === undefined ? sql`` : sql`and t.project_id = ${projectId}`}
  `.execute(kysely);
  const [standing] = rows;
  if (standing === undefined) return { kind: 'absent' };
  if (standing.is_there && isDeepStrictEqual(contentOf(standing), content)) return { kind: 'repeated' };
  if (standing.attempt_status !== 'running') {
    const isNewest = standing.newest === chunk.attempt;
    const status = isNewest ? standing.attempt_status : standing.task_status;
    return { kind: 'superseded', attempt: standing.newest, status };
  }
  const expectedSeq = standing.last_seq + 1;
  if (chunk.seq === expectedSeq) return undefined;
  return { kind: chunk.seq > expectedSeq ? 'hole' : 'seqTaken', expectedSeq };
}

function contentOf({ phase, cursor, at, streams, lines }: Standing): ChunkContent {
  return { phase, cursor, at, streams, lines };
}
