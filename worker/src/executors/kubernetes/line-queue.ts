/**
 * Between a source that must not wait and a reader that may: holds what was put until it is taken, up to a bound.
 */
export interface LineQueue<T> {
  /** False when there is no room; then nothing was put. */
  put(items: readonly T[], bytes: number): boolean;
  /** What is there; waits for some, one caller at a time. Undefined when the queue was closed and is empty. */
  take(): Promise<readonly T[] | undefined>;
  close(): void;
}

/** An empty queue that holds so many bytes at most; a put into an empty one always finds room. */
export function createLineQueue<T>(maxBytes: number): LineQueue<T> {
  let items: T[] = [];
  let held = 0;
  let isClosed = false;
  let wake = Promise.withResolvers<undefined>();

  return {
    put(more, bytes) {
      if (held > 0 && held + bytes > maxBytes) return false;
      if (more.length === 0) return true;
      for (const item of more) items.push(item);
      held += bytes;
      wake.resolve(undefined);
      return true;
    },
    async take() {
      if (items.length === 0 && !isClosed) {
        wake = Promise.withResolvers();
        await wake.promise;
      }
      if (items.length === 0) return undefined;
      const taken = items;
      items = [];
      held = 0;
      return taken;
    },
    close() {
      isClosed = true;
      wake.resolve(undefined);
    },
  };
}
