import type { AppendChunk } from '@verve/contract';

import type { ChunkRecord } from '../records.ts';
import { absent } from './rows.ts';
import type { ChunkTable } from './schema.ts';

/** The columns of a chunk's record. */
export const chunkColumns = [
  'attempt',
  'seq',
  'phase',
  'at',
  'streams',
  'lines',
] as const satisfies readonly (keyof ChunkTable)[];

/** A row with `chunkColumns`. */
export type ChunkRow = Pick<ChunkTable, (typeof chunkColumns)[number]>;

/** What of a chunk is compared when it comes again, and how it is stored. */
export type ChunkContent = Pick<ChunkTable, 'phase' | 'cursor' | 'at' | 'streams' | 'lines'>;

/** A chunk as the ports tell it. */
export function toChunk(row: ChunkRow): ChunkRecord {
  return {
    attempt: row.attempt,
    seq: row.seq,
    phase: absent(row.phase),
    at: decodeTimes(row.at),
    streams: row.streams,
    lines: row.lines.split('\n'),
  };
}

/** A chunk as it is stored. Half a surrogate pair has no UTF-8 and is stored as U+FFFD by any database. */
export function toChunkContent(chunk: AppendChunk): ChunkContent {
  return {
    phase: chunk.phase ?? null,
    cursor: chunk.cursor?.toWellFormed() ?? null,
    at: encodeTimes(chunk.at),
    streams: chunk.streams,
    lines: chunk.lines.join('\n').toWellFormed(),
  };
}

/** The first time, then the differences: short, and easy to compress. */
function encodeTimes(times: readonly number[]): string {
  return times.map((time, index) => time - (times[index - 1] ?? 0)).join(',');
}

function decodeTimes(text: string): number[] {
  let time = 0;
  return text.split(',').map((difference) => {
    time += Number(difference);
    return time;
  });
}
