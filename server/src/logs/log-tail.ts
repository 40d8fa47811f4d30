import { isTerminal, type LogPosition } from '@verve/contract';
import type { Logger } from 'pino';

import type { Meters } from '../meters.ts';
import type { ChunkPage } from '../storage/chunk-store.ts';
import type { ChunkRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';
import { createSharedReads } from './shared-reads.ts';

/** What came of a followed log. */
export interface LogNews {
  readonly chunks: readonly ChunkRecord[];
  /** The task has ended, or is gone, and nothing follows these chunks. */
  readonly isComplete: boolean;
}

/** Which log to follow, from where. */
interface LogFollow {
  readonly taskId: string;
  /** Absent: all attempts, in order. */
  readonly attempt?: number | undefined;
  readonly after: LogPosition;
}

/** Follows logs; all followers of this process share their reads. */
export interface LogTail extends AsyncDisposable {
  /** Every chunk after the position, once and in order. Ends after `isComplete`, and when the signal aborts. */
  follow(follow: LogFollow, signal: AbortSignal): AsyncIterable<LogNews>;
}

interface Reader {
  readonly taskId: string;
  readonly attempt?: number | undefined;
  after: LogPosition;
  /** The last read was full, so more is there. */
  isBehind: boolean;
}

/** What one statement reads for each reader, and for how many of them: little for the many who are up to date. */
const lanes = {
  current: { part: { limit: 4, maxBytes: 256 * 1024 }, readers: 100 },
  behind: { part: { limit: 16, maxBytes: 1024 * 1024 }, readers: 16 },
} as const;

type Lane = (typeof lanes)[keyof typeof lanes];

/** What was read for a reader that was not moved on yet. */
interface Found {
  readonly reader: Reader;
  readonly lane: Lane;
  readonly page: ChunkPage;
}

const nothing: ChunkPage = { chunks: [], isCut: false };

/** Makes the tail of this process. */
export function createLogTail(parts: {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly meters: Meters;
}): LogTail {
  const { storage } = parts;
  const reads = createSharedReads<Reader, LogNews>({
    storage,
    logger: parts.logger.child({ component: 'log-tail' }),
    meters: parts.meters,
    component: 'log-tail',
    topics: ['logs', 'changes'],
    hasMore: (reader) => reader.isBehind,
    read,
  });

  async function read(readers: readonly Reader[]): Promise<readonly (LogNews | undefined)[]> {
    // Before the chunks: when the task had ended by then, no chunk can come after those that are read now.
    const ids = [...new Set(readers.map((reader) => reader.taskId))];
    const statuses = await storage.tasks.statuses(ids);
    const found: Found[] = [];
    const sorted = Map.groupBy(readers, (reader) => (reader.isBehind ? lanes.behind : lanes.current));
    for (const [lane, ofLane] of sorted) {
      for (let from = 0; from < ofLane.length; from += lane.readers) {
        const some = ofLane.slice(from, from + lane.readers);
        const pages = await storage.chunks.readFollowed(some, lane.part);
        found.push(...some.map((reader, index) => ({ reader, lane, page: pages[index] ?? nothing })));
      }
    }
    // Nobody is moved on before the last read has succeeded: what was read before one that fails is read again.
    const news = new Map(
      found.map((each) => {
        const status = statuses.get(each.reader.taskId);
        return [each.reader, advance(each, status === undefined || isTerminal(status))];
      }),
    );
    return readers.map((reader) => news.get(reader));
  }

  return {
    async *follow({ taskId, attempt, after }, signal) {
      const reader: Reader = { taskId, attempt, after, isBehind: true };
      for await (const news of reads.follow(reader, signal)) {
        yield news;
        if (news.isComplete) return;
      }
    },
    [Symbol.asyncDispose]: () => reads[Symbol.asyncDispose](),
  };
}

/** Moves a reader behind what was read for it. */
function advance({ reader, lane, page }: Found, hasEnded: boolean): LogNews | undefined {
  const { chunks, isCut } = page;
  const last = chunks.at(-1);
  if (last) reader.after = { attempt: last.attempt, seq: last.seq };
  reader.isBehind = isCut || chunks.length >= lane.part.limit;
  const isComplete = hasEnded && !reader.isBehind;
  return chunks.length > 0 || isComplete ? { chunks, isComplete } : undefined;
}
