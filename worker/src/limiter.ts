/** Bounds how many attempts are in hand at once. */
export interface Limiter {
  readonly capacity: number;
  /** Slots that can be taken now; never negative. */
  readonly free: number;
  /** Takes a slot even when none is free: a run that is adopted exists already. The answer gives it back, once. */
  take(): () => void;
  /** Aborted when a slot is given back. */
  nextRelease(): AbortSignal;
}

/** A limiter of so many slots. */
export function createLimiter(capacity: number): Limiter {
  let taken = 0;
  let release = new AbortController();

  return {
    capacity,
    get free() {
      return Math.max(0, capacity - taken);
    },
    take() {
      taken++;
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        taken--;
        release.abort();
        release = new AbortController();
      };
    },
    nextRelease: () => release.signal,
  };
}
