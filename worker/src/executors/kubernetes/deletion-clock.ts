import type { V1Pod } from '@kubernetes/client-node';
import { parseContainerPermit } from '@verve/contract';

import { annotations } from '../../kubernetes/run-objects.ts';

/** What a kubelet that is there takes at most to tell of an end. */
const tellingMs = 60_000;

/**
 * Knows when a pod that is deleted has nothing alive any more, though its node does not say so: the node has died, or is cut
 * off, and the kubelet there has ended the pod or went with it.
 */
export interface DeletionClock {
  /** Counts from the first call for a pod on; one that is not being deleted is never overdue. */
  isOverdue(pod: V1Pod): boolean;
}

/** Has seen no pod; `nowMs` is a clock that only goes forward. */
export function createDeletionClock(nowMs: () => number): DeletionClock {
  let seen: { readonly uid: string | undefined; readonly atMs: number } | undefined;

  return {
    isOverdue({ metadata = {} }) {
      const { uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
      if (!deletionTimestamp) return false;
      if (!seen || seen.uid !== uid) seen = { uid, atMs: nowMs() };
      const longestMs = deletionGracePeriodSeconds * 1_000 + permittedMs(metadata.annotations) + tellingMs;
      return nowMs() - seen.atMs >= longestMs;
    },
  };
}

/** Publish may go on for that long where nothing reaches it, and ends itself then. */
function permittedMs(told: Readonly<Record<string, string>> = {}): number {
  return parseContainerPermit(told[annotations.permit] ?? '')?.forMs ?? 0;
}
