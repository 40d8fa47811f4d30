import {
  chunk as chunkSchema,
  formatLogPosition,
  limits,
  logStart,
  parseLogPosition,
  type Chunk,
  type LogPosition,
} from '@verve/contract';

import type { Context } from './context.ts';
import { followStream } from './reconnecting.ts';

/** Which log, and which attempt of it; absent: all, in order. */
export interface LogOf {
  readonly taskId: string;
  readonly attempt?: number | undefined;
}

/** Where in a log to begin; absent: at its start. */
interface LogAfter extends LogOf {
  readonly after?: string | undefined;
}

/** How many of the newest lines of a log are wanted. */
interface TailOf extends LogOf {
  readonly count: number;
}

/** The newest lines, and the position after them. */
export interface Tail {
  readonly chunks: readonly Chunk[];
  readonly next: string;
}

/** Reads a log from the beginning to where it ends now. */
export async function* readLog(context: Context, log: LogOf, signal: AbortSignal): AsyncGenerator<Chunk> {
  const client = context.client();
  let after = formatLogPosition(logStart);
  for (;;) {
    const query = { after, limit: String(limits.logPageChunks), ...attemptOf(log) };
    const page = await client.ask('readLogs', { params: { id: log.taskId }, query, signal });
    yield* page.chunks;
    if (page.isComplete || page.chunks.length === 0 || page.next === after) return;
    after = page.next;
  }
}

/** The newest `count` lines of a log. */
export async function readTail(context: Context, log: TailOf, signal: AbortSignal): Promise<Tail> {
  const client = context.client();
  const { count } = log;
  const params = { id: log.taskId };
  const size = String(Math.min(Math.max(count, 1), limits.logPageChunks));
  const newest = await client.ask('readLogs', {
    params,
    query: { tail: size, limit: size, ...attemptOf(log) },
    signal,
  });
  const pages = [newest.chunks];
  for (let first = newest.chunks[0]; first !== undefined && lineCount(pages.flat()) < count;) {
    const query = { before: formatLogPosition(first), limit: size, ...attemptOf(log) };
    const older = await client.ask('readLogs', { params, query, signal });
    pages.unshift(older.chunks);
    first = older.chunks[0];
  }
  return { chunks: lastLines(pages.flat(), count), next: newest.next };
}

/**
 * Follows a log from a position until the task has ended. Survives a server that goes away and comes back; no chunk
 * is skipped or comes twice.
 */
export async function* followLog(
  context: Context,
  log: LogAfter,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const client = context.client();
  const { after } = log;
  let seen = after === undefined ? logStart : parseLogPosition(after);
  const stream = {
    open: (lastEventId: string | undefined): Promise<Response> => {
      const resume: Record<string, string> =
        lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const headers = { accept: 'text/event-stream', ...resume };
      const options = { params: { id: log.taskId }, query: attemptOf(log), headers, signal };
      return client.open('readLogs', options);
    },
    lastEventId: after,
    times: context.io.retryTimes,
    now: context.io.now,
    onAway: () => void context.note(context.paint('dim', 'the server is away, trying again')),
  };
  for await (const item of followStream(stream, signal)) {
    if (item.kind === 'open') continue;
    if (item.event.event === 'end') return;
    if (item.event.event !== 'chunk') continue;
    const chunk = chunkSchema.parse(JSON.parse(item.event.data));
    if (!isAfter(chunk, seen)) continue;
    seen = chunk;
    yield chunk;
  }
}

function attemptOf(log: LogOf): { attempt?: string } {
  return log.attempt === undefined ? {} : { attempt: String(log.attempt) };
}

function isAfter(position: LogPosition, seen: LogPosition): boolean {
  return position.attempt > seen.attempt || (position.attempt === seen.attempt && position.seq > seen.seq);
}

function lineCount(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.lines.length, 0);
}

/** The last `count` lines; the chunk that the cut goes through loses its first ones. */
function lastLines(chunks: readonly Chunk[], count: number): Chunk[] {
  let surplus = lineCount(chunks) - count;
  return chunks.flatMap((chunk) => {
    const drop = Math.min(Math.max(surplus, 0), chunk.lines.length);
    surplus -= drop;
    if (drop === 0) return [chunk];
    if (drop === chunk.lines.length) return [];
    return [
      {
        ...chunk,
        at: chunk.at.slice(drop),
        streams: chunk.streams.slice(drop),
        lines: chunk.lines.slice(drop),
      },
    ];
  });
}
