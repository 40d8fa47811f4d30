const longestTickMs = 1_000;

/** Measures the time without output of a program. */
export interface OutputClock extends Disposable {
  /** There was output. */
  touch(): void;
  /** While this is done the clock stands: the program is held up, not silent. */
  during<T>(step: () => Promise<T>): Promise<T>;
}

/**
 * Calls `onStall` once when there was no output for so long. Counts in ticks, of which none counts for more than twice
 * its length: a machine that slept, or a process that was suspended, was not silent.
 */
export function startOutputClock(stallMs: number, onStall: () => void): OutputClock {
  const tickMs = Math.min(longestTickMs, stallMs / 4);
  let silentMs = 0;
  let held = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (held === 0) silentMs += Math.min(nowMs - lastMs, 2 * tickMs);
    lastMs = nowMs;
    if (silentMs < stallMs) return;
    clearInterval(timer);
    onStall();
  }, tickMs);
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
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** The clock of a program that may be silent for ever. */
export const noClock: OutputClock = {
  touch: () => undefined,
  during: async (step) => step(),
  [Symbol.dispose]: () => undefined,
};
