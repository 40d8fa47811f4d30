/** Work that goes on beside something else, whose failure ends that. */
export interface Background {
  /** Aborted by the first failure, which is its reason. */
  readonly failed: AbortSignal;
  /** Begins a step. The promise resolves when the step has ended, even when it has failed. */
  begin(step: () => Promise<void>): Promise<void>;
  /** Resolves when every step that was begun has ended. */
  settle(): Promise<void>;
}

/** Keeps the first failure of all steps; none of them is ever an unhandled rejection. */
export function createBackground(): Background {
  const failure = new AbortController();
  const going = new Set<Promise<void>>();
  return {
    failed: failure.signal,
    async begin(step) {
      const ended = step()
        .catch((error: unknown) => failure.abort(error))
        .finally(() => going.delete(ended));
      going.add(ended);
      return ended;
    },
    async settle() {
      while (going.size > 0) await Promise.all(going);
    },
  };
}
