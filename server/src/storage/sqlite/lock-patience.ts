import { setTimeout as sleep } from 'node:timers/promises';

import { isLocked } from './errors.ts';

/** Waits for locks of other processes, and meanwhile lets this one go on: SQLite's own way to wait would stop it. */
export interface LockPatience {
  /** Does work again as long as it meets a lock and patience lasts; then throws StorageUnavailable. */
  wait<T>(work: () => Promise<T>): Promise<T>;
  /** The file could be written, so the next lock is waited for again. */
  renew(): void;
}

/**
 * Makes a patience of so many pauses. It is used up by a lock and not by a piece of work: while the lock stays, only
 * the first piece waits, and the others fail at once instead of queueing up behind each other.
 */
export function createLockPatience(pauses: number, pauseMs: number): LockPatience {
  let left = pauses;

  /** Waits out a pause; throws what no patience helps against. */
  async function bear(error: unknown): Promise<void> {
    if (!isLocked(error) || left === 0) throw error;
    left -= 1;
    await sleep(pauseMs);
  }

  return {
    wait: async (work) => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          await bear(error);
        }
      }
    },
    renew: () => {
      left = pauses;
    },
  };
}
