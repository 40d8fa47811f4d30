import type { AttemptParts } from './attempt-parts.ts';
import { seeThrough } from './attempt.ts';
import { runName } from './executor.ts';
import type { JournalEntry } from './journal.ts';
import type { Limiter } from './limiter.ts';

/** The attempts that this process sees through right now, each in a slot. */
export interface AttemptsInHand {
  /** Resolves when the attempt is over, or left as it is on the signal. Of one that is in hand: the same again. */
  begin(entry: JournalEntry, signal: AbortSignal): Promise<void>;
  /** Resolves when none is left. */
  settle(): Promise<void>;
}

/** Has none at first. */
export function createAttemptsInHand({
  limiter,
  ...parts
}: AttemptParts & { readonly limiter: Limiter }): AttemptsInHand {
  const inHand = new Map<string, Promise<void>>();
  const count = (): void => parts.meters.inHand(inHand.size, limiter.capacity);
  count();

  return {
    begin(entry, signal) {
      const name = runName(entry);
      const begun = inHand.get(name);
      if (begun) return begun;
      const release = limiter.take();
      const done = seeThrough(parts, entry, signal).finally(() => {
        inHand.delete(name);
        release();
        count();
      });
      inHand.set(name, done);
      count();
      return done;
    },
    settle: async () => void (await Promise.all(inHand.values())),
  };
}
