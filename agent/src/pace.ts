import { setTimeout as wait } from 'node:timers/promises';

/** Holds what is written to a rate, so that the rotation of a log cannot outrun who reads it. */
export interface Pace {
  /** Resolves when so many bytes may be written. */
  take(bytes: number): Promise<void>;
}

/** The clock of a pace: ms that only grow. */
export interface PaceClock {
  now(): number;
  wait(ms: number): Promise<unknown>;
}

const realClock: PaceClock = { now: () => performance.now(), wait: async (ms) => wait(ms) };

/** So many bytes a second on average; what one second may have may also come at once. */
export function createPace(bytesPerSecond: number, clock: PaceClock = realClock): Pace {
  /** When all that was taken is through at the rate. */
  let throughMs = 0;
  return {
    async take(bytes) {
      throughMs = Math.max(throughMs, clock.now()) + (bytes * 1_000) / bytesPerSecond;
      const aheadMs = throughMs - clock.now() - 1_000;
      if (aheadMs > 0) await clock.wait(aheadMs);
    },
  };
}
