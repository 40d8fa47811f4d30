/** Lets calls for one key come one after the other; those for different keys overlap. */
export interface Turns {
  /** Makes the call when those before it have ended, well or not, and ends as it does. */
  take<T>(key: string, call: () => Promise<T>): Promise<T>;
}

/** Turns that nobody has taken yet. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();

  return {
    async take(key, call) {
      const before = last.get(key) ?? Promise.resolve();
      const own = before.then(call, call);
      last.set(key, own);
      try {
        return await own;
      } finally {
        if (last.get(key) === own) last.delete(key);
      }
    },
  };
}
