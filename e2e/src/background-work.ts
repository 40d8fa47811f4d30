/** Work beside a test, which ends with it. */
export interface BackgroundWork extends AsyncDisposable {
  /** Aborts when the test is over. */
  readonly signal: AbortSignal;
  /** Takes work in; gives it back. */
  add<T>(work: Promise<T>): Promise<T>;
  /** Waits for something, for as long as no work fails. */
  orFailure<T>(awaited: Promise<T>): Promise<T>;
}

/** Begins with none. */
export function backgroundWork(): BackgroundWork {
  const stop = new AbortController();
  const all: Promise<unknown>[] = [];
  const failure = Promise.withResolvers<never>();
  // Nobody may be waiting when it fails.
  failure.promise.catch(() => undefined);
  return {
    signal: stop.signal,
    add: (work) => {
      all.push(work);
      work.catch((error: unknown) => failure.reject(error));
      return work;
    },
    orFailure: (awaited) => Promise.race([awaited, failure.promise]),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(all);
    },
  };
}
