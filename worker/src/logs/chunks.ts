import { setTimeout as wait } from 'node:timers/promises';

import type { RunLine } from '../executor.ts';

/** What fits into a chunk. */
interface ChunkSize {
  readonly lines: number;
  readonly bytes: number;
}

/** When a chunk is full or old enough. */
export interface ChunkBounds {
  /** While lines are sent as they come. */
  readonly live: ChunkSize;
  /** While more wait than `behindLines`. */
  readonly catchUp: ChunkSize;
  readonly behindLines: number;
  /** Nothing came for this long: what is there goes. */
  readonly idleMs: number;
  /** The oldest line is never held longer. */
  readonly ageMs: number;
}

/** What a worker sends. */
export const chunkBounds: ChunkBounds = {
  live: { lines: 50, bytes: 256 * 1024 },
  catchUp: { lines: 1_000, bytes: 1024 * 1024 },
  behindLines: 200,
  idleMs: 200,
  ageMs: 2_000,
};

/**
 * Cuts a run's lines into chunks: never of two phases, never over the bounds, never held for long. `read` gives lines as
 * they come, and undefined after the last. Reads no further while the chunk before is not taken, so that it holds two
 * batches and what is left of a third at most.
 */
export async function* cutChunks(
  read: () => Promise<readonly RunLine[] | undefined>,
  bounds: ChunkBounds,
): AsyncGenerator<readonly RunLine[]> {
  let pending: RunLine[] = [];
  let oldestMs = 0;
  let next = read();
  for (;;) {
    const leftMs = Math.min(bounds.idleMs, oldestMs + bounds.ageMs - performance.now());
    const got = pending.length === 0 ? await next : await within(next, Math.max(0, leftMs));
    if (got === 'late') {
      yield pending;
      pending = [];
      continue;
    }
    if (got === undefined) break;
    if (pending.length === 0) oldestMs = performance.now();
    pending = [...pending, ...got];
    const size = pending.length > bounds.behindLines ? bounds.catchUp : bounds.live;
    for (let full = fullSize(pending, size); full !== undefined; full = fullSize(pending, size)) {
      yield pending.splice(0, full);
    }
    next = read();
    // Awaited in the next round; until then its failure must not count as unhandled.
    next.catch(() => undefined);
  }
  if (pending.length > 0) yield pending;
}

/** How many of the lines make a chunk that can take no more; undefined when all of them still leave room. */
function fullSize(lines: readonly RunLine[], size: ChunkSize): number | undefined {
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += Buffer.byteLength(line.text);
    const isOver = bytes > size.bytes || line.phase !== lines[0]?.phase;
    if (index === size.lines || (index > 0 && isOver)) return index;
  }
  return lines.length === size.lines ? size.lines : undefined;
}

/** What a promise gives within so many ms. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  const timer = new AbortController();
  try {
    const late = wait(ms, 'late' as const, { signal: timer.signal });
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
