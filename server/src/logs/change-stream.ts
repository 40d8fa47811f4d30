import type { Logger } from 'pino';

import type { Meters } from '../meters.ts';
import type { ChangePage } from '../storage/change-feed.ts';
import { PositionInvalid, type Storage } from '../storage/storage.ts';
import { createSharedReads } from './shared-reads.ts';

/** Changes of tasks and workers with the position after each. */
export type Changes = ChangePage['changes'];

/** Follows changes; followers at the same place share their reads. */
export interface ChangeStream extends AsyncDisposable {
  /** Every change after a position, in commit order. Ends when the signal aborts. Throws PositionInvalid. */
  follow(
    from: { readonly projectId?: string | undefined; readonly after: string },
    signal: AbortSignal,
  ): AsyncIterable<Changes>;
}

interface Reader {
  readonly projectId?: string | undefined;
  after: string;
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
    const pages = new Map<string, ChangePage | PositionInvalid>();
    for (const [place, [reader]] of Map.groupBy(readers, placeOf)) {
      if (reader) pages.set(place, await readPage(reader));
    }
    // Nobody is moved on before the last read has succeeded: what was read before one that fails is read again.
    return readers.map((reader) => advance(reader, pages.get(placeOf(reader))));
  }

  async function readPage({ projectId, after }: Reader): Promise<ChangePage | PositionInvalid> {
    try {
      return await feed.read({ projectId, after, limit: pageSize });
    } catch (error) {
      if (error instanceof PositionInvalid) return error;
      throw error;
    }
  }

  return {
    follow: ({ projectId, after }, signal) => reads.follow({ projectId, after, isBehind: true }, signal),
    [Symbol.asyncDispose]: () => reads[Symbol.asyncDispose](),
  };
}

/** Readers at the same place share a page. */
function placeOf({ projectId, after }: Reader): string {
  return JSON.stringify([projectId, after]);
}

/** Moves a reader behind the page that was read for it. */
function advance(reader: Reader, page: ChangePage | Error | undefined): Changes | Error | undefined {
  if (page === undefined || page instanceof Error) return page;
  reader.after = page.next;
  reader.isBehind = page.changes.length >= pageSize;
  return page.changes.length > 0 ? page.changes : undefined;
}
