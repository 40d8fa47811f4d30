import { setTimeout as wait } from 'node:timers/promises';

import type { RunLine } from './executor.ts';

/** When a chunk is full or old enough. */
export interface ChunkBounds {
  readonly lines: number;
  readonly bytes: number;
  /** Nothing came for this long: what is there goes. */
  readonly idleMs: number;
  /** The oldest line is never held longer. */
  readonly ageMs: number;
}

/** What a worker sends while a run is live. */
export const liveBounds: ChunkBounds = { lines: 50, bytes: 256 * 1024, idleMs: 200, ageMs: 2_000 };

/**
 * Cuts a run's lines into chunks: never of two phases, never over the bounds, never held for long. Reads no further
 * while the chunk before is not taken, so that it holds a batch of lines at most.
 */
export async function* cutChunks(
  follow: (signal: AbortSignal) => AsyncIterable<readonly RunLine[]>,
  bounds: ChunkBounds,
  signal: AbortSignal,
): AsyncGenerator<readonly RunLine[]> {
  const stop = new AbortController();
  const lines = follow(AbortSignal.any([signal, stop.signal]))[Symbol.asyncIterator]();
  try {
    let pending: RunLine[] = [];
    let oldestMs = 0;
    let next = lines.next();
    for (;;) {
      const leftMs = Math.min(bounds.idleMs, oldestMs + bounds.ageMs - performance.now());
      const got = pending.length === 0 ? await next : await within(next, Math.max(0, leftMs));
      if (got === undefined) {
        yield pending;
        pending = [];
        continue;
      }
      if (got.done === true) break;
      if (pending.length === 0) oldestMs = performance.now();
      pending = [...pending, ...got.value];
      for (let size = fullSize(pending, bounds); size !== undefined; size = fullSize(pending, bounds)) {
        yield pending.splice(0, size);
      }
      next = lines.next();
    }
    if (pending.length > 0) yield pending;
  } finally {
    stop.abort();
    await lines.return?.();
  }
}

/** How many of the lines make a chunk that can take no more; undefined when all of them still leave room. */
function fullSize(lines: readonly RunLine[], bounds: ChunkBounds): number | undefined {
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += Buffer.byteLength(line.text);
    const isOver = bytes > bounds.bytes || line.phase !== lines[0]?.phase;
    if (index === bounds.lines || (index > 0 && isOver)) return index;
  }
  return lines.length === bounds.lines ? bounds.lines : undefined;
}

/** What a promise gives within so many ms; undefined when it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    const late = wait(ms, undefined, { signal: timer.signal }).catch(() => undefined);
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
