/** Something that changes, and who waits for that. */
export interface Wakeable {
  wake(): void;
  /** Resolves at the next wake, when so many ms are over, or on the signal. */
  changed(ms: number, signal: AbortSignal): Promise<void>;
}

/** Nobody waits yet. */
export function createWakeable(): Wakeable {
  const waiters = new Set<() => void>();

  return {
    wake() {
      for (const waiter of waiters) waiter();
    },
    async changed(ms, signal) {
      const done = Promise.withResolvers<undefined>();
      const resolve = (): void => done.resolve(undefined);
      const timer = setTimeout(resolve, ms);
      waiters.add(resolve);
      signal.addEventListener('abort', resolve, { once: true });
      if (signal.aborted) resolve();
      await done.promise;
      clearTimeout(timer);
      waiters.delete(resolve);
      signal.removeEventListener('abort', resolve);
    },
  };
}
