import type { Clock } from '../clock.ts';
import type { Storage } from '../storage/storage.ts';
import { whyWaiting, type WhyWaiting } from '../tasks/waiting.ts';

/** Why the tasks of each project wait, as it was at most a second ago; shared by all calls of this process. */
export interface WaitingRules extends Disposable {
  /** Throws StorageUnavailable. */
  of(projectId: string): Promise<WhyWaiting>;
}

/** A project may have thousands of workers, and any create, list or event may ask for them. */
const keptMs = 1_000;

interface Kept {
  readonly rule: Promise<WhyWaiting>;
  /** When its read began. */
  readonly sinceMs: number;
}

/**
 * Makes them. A worker that came, was paused or went is told of by a hint, after which it counts at once; that one is
 * busy or back is not worth a read for each task that moves, and is found within the second.
 */
export function createWaitingRules(storage: Pick<Storage, 'workers' | 'hints'>, clock: Clock): WaitingRules {
  const kept = new Map<string, Kept>();
  const unsubscribe = storage.hints.subscribe('workers', () => kept.clear());

  /** Also when the clock was set back. */
  function isOld({ sinceMs }: Kept, now: number): boolean {
    return now < sinceMs || now - sinceMs >= keptMs;
  }

  async function read(projectId: string): Promise<WhyWaiting> {
    return whyWaiting(await storage.workers.list(projectId));
  }

  return {
    of: async (projectId) => {
      const now = clock.now();
      for (const [id, each] of kept) if (isOld(each, now)) kept.delete(id);
      const known = kept.get(projectId);
      if (known) return known.rule;
      const made = { rule: read(projectId), sinceMs: now };
      kept.set(projectId, made);
      try {
        return await made.rule;
      } catch (error) {
        if (kept.get(projectId) === made) kept.delete(projectId);
        throw error;
      }
    },
    [Symbol.dispose]: unsubscribe,
  };
}
