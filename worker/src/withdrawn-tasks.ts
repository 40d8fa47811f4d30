import type { Claim } from '@verve/contract';

import type { Adopted } from './adoption.ts';

/**
 * Tasks whose attempt was withdrawn while no worker ran, for so long that the server gave the attempt up: their next one is
 * withdrawn, too. Remembered as long as the process lives.
 */
export interface WithdrawnTasks {
  /** Takes in what was begun before. */
  learn(adopted: readonly Adopted[]): void;
  /** Why a claimed attempt is not to begin; undefined: it may. */
  take(claim: Claim): string | undefined;
}

/** Knows of none. */
export function createWithdrawnTasks(): WithdrawnTasks {
  const withdrawn = new Map<string, { readonly next: number; readonly why: string }>();

  return {
    learn(adopted) {
      for (const { entry, isLost } of adopted) {
        const { taskId, attempt, stop } = entry;
        if (!isLost || stop?.reason !== 'Canceled') continue;
        withdrawn.set(taskId, { next: attempt + 1, why: stop.message });
      }
    },
    take({ task, attempt }) {
      const found = withdrawn.get(task.id);
      withdrawn.delete(task.id);
      return found?.next === attempt ? found.why : undefined;
    },
  };
}
