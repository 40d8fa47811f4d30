import { formatContainerPermit } from '@verve/contract';

import { uptimeMs } from '../../uptime.ts';

/** The leave of one run to publish, as this process gave it. */
export interface PermitBook {
  /** Lets it publish for so long from now, or as long as it may already; not above zero: nothing. */
  grant(forMs: number): void;
  /** There is time before it. */
  readonly isValid: boolean;
  /** How many have ended, or were none. */
  readonly unused: number;
  /** What the container is to be told, counted from the tick that it told last; undefined when there is nothing to tell. */
  textFor(tick: number): string | undefined;
}

/** No permit. */
export function createPermitBook(): PermitBook {
  let untilMs: number | undefined;
  let unused = 0;

  function expire(): void {
    if (untilMs === undefined || untilMs > uptimeMs()) return;
    untilMs = undefined;
    unused++;
  }

  return {
    grant(forMs) {
      expire();
      if (forMs > 0) untilMs = Math.max(untilMs ?? 0, uptimeMs() + forMs);
      else if (untilMs === undefined) unused++;
    },
    get isValid() {
      expire();
      return untilMs !== undefined;
    },
    get unused() {
      expire();
      return unused;
    },
    textFor(tick) {
      expire();
      if (untilMs === undefined) return undefined;
      // The tick is older than this moment, so the container never takes it for longer than is meant.
      return formatContainerPermit({ tick, forMs: untilMs - uptimeMs() });
    },
  };
}
