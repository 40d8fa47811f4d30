import {
  formatLogPosition,
  limits,
  logStart,
  type Chunk,
  type LogPage,
  type LogPosition,
} from '@verve/contract';

import type { ChunkQuery, ChunkStore } from '../storage/chunk-store.ts';
import type { ChunkRecord } from '../storage/records.ts';

/** About the bytes of lines in one page. Chunks may be of 4 MiB, so a page of many is cut short; `next` goes on. */
const pageBytes = 8 * 1024 * 1024;
/** Chunks of the first read, when nothing is known of their size. */
const firstRead = 16;

type Filter = Pick<ChunkQuery, 'taskId' | 'attempt' | 'q'>;
type Reader = Pick<ChunkStore, 'read'>;

/** Which part of a log to read. */
export type Part =
  | { readonly kind: 'after'; readonly position: LogPosition; readonly limit: number }
  | { readonly kind: 'before'; readonly position: LogPosition; readonly limit: number }
  | { readonly kind: 'tail'; readonly limit: number };

interface Walked {
  /** In order. */
  readonly chunks: readonly ChunkRecord[];
  /** There is nothing more in the direction of the walk. */
  readonly isExhausted: boolean;
}

/** Reads a part in bites whose size follows that of the chunks, until `limit`, the bytes of a page, or `isEnough`. */
async function walk(
  store: Reader,
  filter: Filter,
  part: Part,
  isEnough: (lines: number) => boolean = () => false,
): Promise<Walked> {
  let chunks: ChunkRecord[] = [];
  let bytes = 0;
  let lines = 0;
  let at = part;
  while (chunks.length < part.limit && bytes < pageBytes && !isEnough(lines)) {
    const limit = Math.min(part.limit - chunks.length, nextRead(chunks.length, bytes));
    const bite = await store.read({ ...filter, ...range(at), limit });
    bytes += bite.reduce((sum, chunk) => sum + bytesOf(chunk), 0);
    lines += bite.reduce((sum, chunk) => sum + chunk.lines.length, 0);
    chunks = part.kind === 'after' ? [...chunks, ...bite] : [...bite, ...chunks];
    const edge = part.kind === 'after' ? bite.at(-1) : bite[0];
    if (!edge || bite.length < limit) return { chunks, isExhausted: true };
    at = { kind: part.kind === 'after' ? 'after' : 'before', position: edge, limit };
  }
  return { chunks, isExhausted: false };
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

function nextRead(chunks: number, bytes: number): number {
  if (chunks === 0) return firstRead;
  return Math.max(1, Math.floor((pageBytes - bytes) / (bytes / chunks)));
}

function bytesOf(chunk: ChunkRecord): number {
  return chunk.lines.reduce((sum, line) => sum + line.length + 1, 0);
}

/** One page. `hasEnded` has to be read before: the log of a task that has ended grows no more. */
export async function readPage(
  store: Reader,
  { filter, part, hasEnded }: { readonly filter: Filter; readonly part: Part; readonly hasEnded: boolean },
): Promise<LogPage> {
  const { chunks, isExhausted } = await walk(store, filter, part);
  const last = chunks.at(-1) ?? (part.kind === 'tail' ? logStart : part.position);
  const isAtEnd = part.kind === 'tail' || (part.kind === 'after' && isExhausted);
  return {
    chunks: chunks.map(toWireChunk),
    next: formatLogPosition(last),
    isComplete: hasEnded && (isAtEnd || (await isEnd(store, filter, last))),
  };
}

/** Nothing follows a position. */
export async function isEnd(store: Reader, filter: Filter, after: LogPosition): Promise<boolean> {
  return (await store.read({ ...filter, after, limit: 1 })).length === 0;
}

/** The newest lines of a task's log; what is too much of the oldest chunk is cut off. */
export async function readNewestLines(store: Reader, taskId: string, hasEnded: boolean): Promise<LogPage> {
  const part: Part = { kind: 'tail', limit: limits.taskLogLines };
  const { chunks } = await walk(store, { taskId }, part, (lines) => lines >= limits.taskLogLines);
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
  filter: Filter,
  after: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let position = after;
  for (;;) {
    signal.throwIfAborted();
    const part: Part = { kind: 'after', position, limit: limits.logPageChunks };
    const { chunks, isExhausted } = await walk(store, filter, part);
    if (chunks.length > 0) yield toText(chunks);
    if (isExhausted) return;
    position = chunks.at(-1) ?? position;
  }
}

/** Lines as a file has them. */
export function toText(chunks: readonly Pick<Chunk, 'lines'>[] | readonly ChunkRecord[]): string {
  return chunks.map(({ lines }) => `${lines.join('\n')}\n`).join('');
}
