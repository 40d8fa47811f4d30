import type { HintTopic, Hints } from './hints.ts';

/** Hints within this process; all that a database with one server needs. */
export function createLocalHints(): Hints {
  const listeners = new Map<HintTopic, Set<() => void>>();
  return {
    notify(topic) {
      for (const listener of listeners.get(topic) ?? []) listener();
    },
    subscribe(topic, listener) {
      const own = (): void => listener();
      const ofTopic = listeners.get(topic) ?? new Set();
      listeners.set(topic, ofTopic.add(own));
      return () => ofTopic.delete(own);
    },
  };
}
