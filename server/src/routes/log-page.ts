import {
  formatLogPosition,
  limits,
  logStart,
  type Chunk,
  type LogPage,
  type LogPosition,
} from '@verve/contract';

import type { ChunkPage, ChunkQuery, ChunkStore } from '../storage/chunk-store.ts';
import type { ChunkRecord } from '../storage/records.ts';

/** Bytes of lines in one page. Chunks may be of 4 MiB, so a page of many is cut short; `next` goes on. */
const pageBytes = 8 * 1024 * 1024;
/** Chunks of one look for the newest lines: most have some fifty. */
const newestChunks = 16;

type Filter = Pick<ChunkQuery, 'taskId' | 'attempt' | 'q'>;
type Reader = Pick<ChunkStore, 'read'>;

/** Which part of a log to read. */
export type Part =
  | { readonly kind: 'after'; readonly position: LogPosition; readonly limit: number }
  | { readonly kind: 'before'; readonly position: LogPosition; readonly limit: number }
  | { readonly kind: 'tail'; readonly limit: number };

interface PartOfLog {
  readonly filter: Filter;
  readonly part: Part;
  /** Absent: as many as a page may have. */
  readonly maxBytes?: number;
}

/** Reads a part as far as a page goes. */
function readPart(store: Reader, { filter, part, maxBytes = pageBytes }: PartOfLog): Promise<ChunkPage> {
  return store.read({ ...filter, ...range(part), limit: part.limit, maxBytes });
}

/** Nothing follows in the direction of the read. */
function isExhausted({ chunks, isCut }: ChunkPage, { limit }: Part): boolean {
  return !isCut && chunks.length < limit;
}

function range(part: Part): Pick<ChunkQuery, 'after' | 'before' | 'tail'> {
  switch (part.kind) {
    case 'after':
      return { after: part.position };
    case 'before':
      return { before: part.position };
    case 'tail':
      return { tail: part.limit };
    default:
      return part satisfies never;
  }
}

/** One page. `hasEnded` has to be read before: the log of a task that has ended grows no more. */
export async function readPage(
  store: Reader,
  { filter, part, hasEnded }: { readonly filter: Filter; readonly part: Part; readonly hasEnded: boolean },
): Promise<LogPage> {
  const page = await readPart(store, { filter, part });
  const { chunks } = page;
  const last = chunks.at(-1) ?? (part.kind === 'tail' ? logStart : part.position);
  const isAtEnd = part.kind === 'tail' || (part.kind === 'after' && isExhausted(page, part));
  return {
    chunks: chunks.map(toWireChunk),
    next: formatLogPosition(last),
    isComplete: hasEnded && (isAtEnd || (await isEnd(store, filter, last))),
  };
}

/** Nothing follows a position. */
export async function isEnd(store: Reader, filter: Filter, after: LogPosition): Promise<boolean> {
  return (await store.read({ ...filter, after, limit: 1 })).chunks.length === 0;
}

/** The newest lines of a task's log; what is too much of the oldest chunk is cut off. */
export async function readNewestLines(store: Reader, taskId: string, hasEnded: boolean): Promise<LogPage> {
  const chunks = await readNewest(store, taskId);
  const kept: Chunk[] = [];
  let room: number = limits.taskLogLines;
  for (const chunk of chunks.toReversed()) {
    if (room === 0) break;
    const newest = newestLines(chunk, room);
    kept.unshift(toWireChunk(newest));
    room -= newest.lines.length;
  }
  const next = formatLogPosition(chunks.at(-1) ?? logStart);
  return { chunks: kept, next, isComplete: hasEnded };
}

/** Enough chunks for the newest lines, or as many as a page may have. */
async function readNewest(store: Reader, taskId: string): Promise<readonly ChunkRecord[]> {
  const newest: ChunkRecord[] = [];
  let part: Part = { kind: 'tail', limit: newestChunks };
  let lines = 0;
  let room = pageBytes;
  while (lines < limits.taskLogLines && room > 0) {
    const page = await readPart(store, { filter: { taskId }, part, maxBytes: room });
    newest.unshift(...page.chunks);
    const [oldest] = page.chunks;
    if (!oldest || page.isCut || isExhausted(page, part)) break;
    const found = page.chunks.flatMap((chunk) => chunk.lines);
    lines += found.length;
    room -= Buffer.byteLength(found.join('\n'));
    part = { kind: 'before', position: oldest, limit: newestChunks };
  }
  return newest;
}

function newestLines(chunk: ChunkRecord, count: number): ChunkRecord {
  if (chunk.lines.length <= count) return chunk;
  const { at, streams, lines } = chunk;
  return { ...chunk, at: at.slice(-count), streams: streams.slice(-count), lines: lines.slice(-count) };
}

/** A chunk as readers see it. */
export function toWireChunk(chunk: ChunkRecord): Chunk {
  const { attempt, seq, phase, at, streams, lines } = chunk;
  return { attempt, seq, phase, at: [...at], streams, lines: [...lines] };
}

/** The lines of a log from a position to its end now, as pages of text. Stops with an error when `signal` aborts. */
export async function* readText(
  store: Reader,
  { filter, after }: { readonly filter: Filter; readonly after: LogPosition },
  signal: AbortSignal,
): AsyncGenerator<string> {
  let position = after;
  for (;;) {
    signal.throwIfAborted();
    const part: Part = { kind: 'after', position, limit: limits.logPageChunks };
    const page = await readPart(store, { filter, part });
    if (page.chunks.length > 0) yield toText(page.chunks);
    if (isExhausted(page, part)) return;
    position = page.chunks.at(-1) ?? position;
  }
}

/** Lines as a file has them. */
export function toText(chunks: readonly Pick<Chunk, 'lines'>[] | readonly ChunkRecord[]): string {
  return chunks.map(({ lines }) => `${lines.join('\n')}\n`).join('');
}
