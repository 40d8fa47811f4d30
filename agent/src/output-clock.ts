const longestTickMs = 1_000;

/** Measures the time without output of a program. */
export interface OutputClock extends Disposable {
  /** There was output. */
  touch(): void;
  /** While this is done the clock stands: the program is held up, not silent. */
  during<T>(step: () => Promise<T>): Promise<T>;
}

/** What the clock counts by. */
export interface Ticks {
  /** Ms that only grow. */
  now(): number;
  /** Calls again and again, after so many ms each, until it is disposed of. */
  every(ms: number, tick: () => void): Disposable;
}

const realTicks: Ticks = {
  now: () => performance.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};

/**
 * Calls `onStall` once when there was no output for so long. Counts in ticks, of which none counts for more than twice
 * its length: a machine that slept, or a process that was suspended, was not silent.
 */
export function startOutputClock(
  stallMs: number,
  onStall: () => void,
  ticks: Ticks = realTicks,
): OutputClock {
  const tickMs = Math.min(longestTickMs, stallMs / 4);
  let silentMs = 0;
  let held = 0;
  let lastMs = ticks.now();
  const ticking = ticks.every(tickMs, () => {
    const nowMs = ticks.now();
    if (held === 0) silentMs += Math.min(nowMs - lastMs, 2 * tickMs);
    lastMs = nowMs;
    if (silentMs < stallMs) return;
    ticking[Symbol.dispose]();
    onStall();
  });
  return {
    touch: () => (silentMs = 0),
    async during(step) {
      held += 1;
      try {
        return await step();
      } finally {
        held -= 1;
        silentMs = 0;
      }
    },
    [Symbol.dispose]: () => ticking[Symbol.dispose](),
  };
}

/** The clock of a program that may be silent for ever. */
export const noClock: OutputClock = {
  touch: () => undefined,
  during: async (step) => step(),
  [Symbol.dispose]: () => undefined,
};
