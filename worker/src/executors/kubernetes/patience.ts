import type { Phase, PhaseOutcome } from '@verve/contract';

import type { KubernetesSettings } from '../../kubernetes-settings.ts';
import type { Hindrance } from './hindrance.ts';

/** The kubelet writes the reason of a container that comes later this much after the fact. */
const statusLagMs = 16_000;

/** Decides when a run that does not begin has waited long enough. Remembers nothing over a restart: it waits anew. */
export interface Patience {
  /** What is to become of the run; undefined: it may wait on. */
  judge(hindrance: Hindrance | undefined, phase: Phase): PhaseOutcome | undefined;
}

/** Has seen nothing yet; `nowMs` is a clock that only goes forward. */
export function createPatience(
  { graceSeconds, pendingSeconds }: Pick<KubernetesSettings, 'graceSeconds' | 'pendingSeconds'>,
  nowMs: () => number,
): Patience {
  let phaseSince: { readonly phase: Phase; readonly atMs: number } | undefined;
  let hinderedSince: { readonly kind: Hindrance['kind']; readonly atMs: number } | undefined;

  return {
    judge(hindrance, phase) {
      if (phaseSince?.phase !== phase) {
        phaseSince = { phase, atMs: nowMs() };
        hinderedSince = undefined;
      }
      if (!hindrance) {
        hinderedSince = undefined;
        return undefined;
      }
      const { kind, verdict } = hindrance;
      // What was seen late began before, but never before its phase did.
      if (hinderedSince?.kind !== kind) {
        hinderedSince = { kind, atMs: Math.max(phaseSince.atMs, nowMs() - statusLagMs) };
      }
      const waitedMs = nowMs() - hinderedSince.atMs;
      const limits = { image: graceSeconds, config: graceSeconds, place: pendingSeconds, broken: 0 };
      return waitedMs >= limits[kind] * 1_000 ? verdict : undefined;
    },
  };
}
