import type { ContainerPermit } from '@verve/contract/container';

/**
 * For how long publish may go on. A permit lasts from when this container told a tick, by this machine's clock: however
 * late it is delivered, it ends no later than its worker meant.
 */
export interface Permits {
  /** A tick is being told, at `nowMs`; returns its number. */
  nextTick(nowMs: number): number;
  /** Counts a permit. One for a tick that was not told yet counts for nothing, then too: another container had it. */
  take(permit: ContainerPermit): void;
  /** Ms left of the longest; not above zero when there is none. */
  leftMs(nowMs: number): number;
}

/** No tick was told, and nothing is permitted. */
export function createPermits(): Permits {
  const toldAtMs: number[] = [];
  const foreign = new Set<number>();
  let untilMs = -Infinity;
  return {
    nextTick: (nowMs) => toldAtMs.push(nowMs),
    take({ tick, forMs }) {
      const fromMs = toldAtMs[tick - 1];
      if (fromMs === undefined) foreign.add(tick);
      else if (!foreign.has(tick)) untilMs = Math.max(untilMs, fromMs + forMs);
    },
    leftMs: (nowMs) => untilMs - nowMs,
  };
}
