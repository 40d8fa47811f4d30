import type { ChunkStore } from '../storage/chunk-store.ts';

/** How long and how much of the logs of ended tasks is kept; undefined: without bound. */
export interface RetentionSettings {
  readonly days?: number | undefined;
  readonly maxMiB?: number | undefined;
}

const dayMs = 24 * 60 * 60 * 1_000;
const batch = 50;

/** Deletes the logs that retention no longer keeps, in small steps until the signal aborts; returns of how many tasks. */
export async function prune(
  chunks: ChunkStore,
  settings: RetentionSettings,
  now: number,
  signal: AbortSignal,
): Promise<number> {
  const { days, maxMiB } = settings;
  let total = 0;
  if (days !== undefined) {
    total += await drain(() => chunks.prune({ endedBefore: now - days * dayMs, limit: batch }), signal);
  }
  if (maxMiB !== undefined) {
    total += await drain(() => chunks.prune({ maxBytes: maxMiB * 1024 * 1024, limit: batch }), signal);
  }
  return total;
}

async function drain(step: () => Promise<number>, signal: AbortSignal): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const count = await step();
    total += count;
    if (count < batch) break;
  }
  return total;
}
