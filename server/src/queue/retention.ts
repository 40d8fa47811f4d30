import type { ChunkStore } from '../storage/chunk-store.ts';

/** How long and how much of the logs of ended tasks is kept; undefined: without bound. */
export interface RetentionSettings {
  readonly days?: number | undefined;
  readonly maxMiB?: number | undefined;
}

/** What is kept at a time. */
interface RetentionAt extends RetentionSettings {
  /** Milliseconds since 1970. */
  readonly now: number;
}

const dayMs = 24 * 60 * 60 * 1_000;
/** Tasks of one statement. */
const batch = 50;

/** Deletes the logs that retention no longer keeps, in small steps until the signal aborts; returns of how many tasks. */
export async function prune(chunks: ChunkStore, kept: RetentionAt, signal: AbortSignal): Promise<number> {
  const endedBefore = await boundOf(chunks, kept);
  if (endedBefore === undefined) return 0;
  let total = 0;
  while (!signal.aborted) {
    const { tasks, hasMore } = await chunks.prune({ endedBefore, limit: batch });
    total += tasks;
    if (!hasMore) break;
  }
  return total;
}

/** Logs of tasks that ended before this go. */
async function boundOf(chunks: ChunkStore, { days, maxMiB, now }: RetentionAt): Promise<number | undefined> {
  const byAge = days === undefined ? undefined : Math.floor(now - days * dayMs);
  const bySize = maxMiB === undefined ? undefined : await chunks.excessBefore(maxMiB * 1024 * 1024);
  return byAge === undefined || bySize === undefined ? (byAge ?? bySize) : Math.max(byAge, bySize);
}
