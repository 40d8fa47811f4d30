/** Time in ms since 1970. Injected, so that tests turn it and the server follows its database's. */
export interface Clock {
  now(): number;
}

/** A clock that is set by another one. */
export interface SyncedClock extends Clock {
  /** Takes over the other clock's time, read between two points of this machine's monotonic time. */
  synchronise(otherMs: number, readBetween: readonly [number, number]): void;
}

/** This machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** This machine's time in ms that no one sets: good for measuring how long something took. */
export function monotonicMs(): number {
  return performance.now();
}

/** Starts at this machine's time; between two settings it runs monotonically. */
export function createSyncedClock(): SyncedClock {
  let offset = Date.now() - monotonicMs();
  return {
    now: () => Math.round(monotonicMs() + offset),
    synchronise: (otherMs, [before, after]) => {
      offset = otherMs - (before + after) / 2;
    },
  };
}
