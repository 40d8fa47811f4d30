import type { Logger } from 'pino';

import type { Meters } from '../meters.ts';
import type { ChangePage } from '../storage/change-feed.ts';
import { PositionInvalid, type Storage } from '../storage/storage.ts';
import { createSharedReads } from './shared-reads.ts';

/** Changes of tasks and workers with the position after each. */
export type Changes = ChangePage['changes'];

/** Follows changes; followers at the same place share their reads. */
export interface ChangeStream extends AsyncDisposable {
  /**
   * Every change after a position, in commit order; without one, from now on, which is the moment of the first
   * `next`. Ends when the signal aborts. Throws PositionInvalid.
   */
  follow(
    from: { readonly projectId?: string | undefined; readonly after?: string | undefined },
    signal: AbortSignal,
  ): AsyncIterable<Changes>;
}

interface Reader {
  readonly projectId?: string | undefined;
  after: string | undefined;
  isBehind: boolean;
}

/** Changes of one statement. */
const pageSize = 100;

/** Makes the stream of this process. */
export function createChangeStream(parts: {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly meters: Meters;
}): ChangeStream {
  const { changes: feed } = parts.storage;
  const reads = createSharedReads<Reader, Changes>({
    storage: parts.storage,
    logger: parts.logger.child({ component: 'change-stream' }),
    meters: parts.meters,
    component: 'change-stream',
    topics: ['changes'],
    hasMore: (reader) => reader.isBehind,
    read,
  });

  async function read(readers: readonly Reader[]): Promise<readonly (Changes | Error | undefined)[]> {
    const places = Map.groupBy(readers, ({ projectId, after }) => JSON.stringify([projectId, after]));
    const results = new Map<Reader, Changes | Error | undefined>();
    for (const together of places.values()) {
      const result = await readPlace(together);
      for (const reader of together) results.set(reader, result);
    }
    return readers.map((reader) => results.get(reader));
  }

  /** All of these are at the same place, and all move on. */
  async function readPlace(readers: readonly Reader[]): Promise<Changes | Error | undefined> {
    const [{ projectId, after } = {}] = readers;
    if (after === undefined) return startNow(readers);
    try {
      const page = await feed.read({ projectId, after, limit: pageSize });
      for (const reader of readers) {
        reader.after = page.next;
        reader.isBehind = page.changes.length >= pageSize;
      }
      return page.changes.length > 0 ? page.changes : undefined;
    } catch (error) {
      if (error instanceof PositionInvalid) return error;
      throw error;
    }
  }

  async function startNow(readers: readonly Reader[]): Promise<undefined> {
    const head = await feed.head();
    for (const reader of readers) reader.after = head;
  }

  return {
    follow: ({ projectId, after }, signal) => reads.follow({ projectId, after, isBehind: true }, signal),
    [Symbol.asyncDispose]: () => reads[Symbol.asyncDispose](),
  };
}
