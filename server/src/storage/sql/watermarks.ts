import type { Clock } from '../../clock.ts';
import type { ClaimRequest, Fit } from '../queue-store.ts';
import { advance, taskIdsSince, wholeQueue, type Watermark } from './watermark.ts';

/** How long after its making a task may still come to light: its insert is on its way, or its maker's clock is behind. */
const settlingMs = 2_000;
const maxFits = 1_000;

/** Where the queue of each kind of worker begins, kept in bounded memory. */
export interface Watermarks {
  /** Claims with what is known, and learns from what was claimed. */
  learn<T extends { readonly id: string; readonly priority: number }>(
    request: ClaimRequest,
    claim: (watermark: Watermark) => Promise<T[]>,
  ): Promise<T[]>;
  forget(): void;
  /** Forgets if this task, which has come to light just now, lies before where a claim may look from. */
  noteNewTask(id: string): void;
}

/** Knows nothing at first. `clock` is the one that ids are made by. */
export function createWatermarks(clock: Clock): Watermarks {
  let known = new Map<string, Watermark>();
  /** No watermark that is known, or that a claim under way will make known, is beyond this. */
  let farthest = '';

  function forget(): void {
    known = new Map();
    farthest = '';
  }

  return {
    async learn({ fit, workerIds }, claim) {
      const name = nameOf(fit);
      const knownBefore = known;
      const watermark = known.get(name) ?? wholeQueue;
      const horizon = taskIdsSince(clock.now() - settlingMs);
      if (horizon > farthest) farthest = horizon;
      const claimed = await claim(watermark);
      // Forgotten meanwhile: what became pending again may be before what this claim has seen.
      if (known !== knownBefore) return claimed;
      if (known.size >= maxFits) known = new Map();
      const isEnd = claimed.length < workerIds.length;
      known.set(name, advance(watermark, isEnd ? undefined : claimed.at(-1), horizon));
      return claimed;
    },
    forget,
    noteNewTask(id) {
      if (id <= farthest) forget();
    },
  };
}

function nameOf({ projectId, labels, agents, repositories }: Fit): string {
  return JSON.stringify([projectId, labels, agents ?? null, repositories ?? null]);
}
