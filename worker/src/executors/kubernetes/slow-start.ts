import { phaseOf, type PodFacts } from './pod-facts.ts';

const slowMs = 5_000;

/** Notices a container that takes its time to begin, though nothing is wrong that is known. */
export interface SlowStart {
  /** What people who wait are told; undefined: nothing. */
  words(pod: PodFacts | undefined): string | undefined;
}

/** Has seen nothing yet; `nowMs` is a clock that only goes forward. */
export function createSlowStart(nowMs: () => number): SlowStart {
  let aheadSinceMs: number | undefined;

  return {
    words(pod) {
      const phase = pod?.isScheduled ? phaseOf(pod) : undefined;
      if (!pod || !phase || pod.containers[phase].kind !== 'ahead') {
        aheadSinceMs = undefined;
        return undefined;
      }
      aheadSinceMs ??= nowMs();
      if (nowMs() - aheadSinceMs < slowMs) return undefined;
      return `${phase} begins once its image is pulled and its volumes are mounted`;
    },
  };
}
