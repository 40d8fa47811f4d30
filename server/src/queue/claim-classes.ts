import type { Fit } from '../storage/queue-store.ts';
import type { WorkerRecord } from '../storage/records.ts';
import { createClaimClass, type ClaimClass } from './claim-class.ts';
import type { Claimer } from './claimer.ts';
import type { HeldPoll } from './held-poll.ts';

/** The claim classes of all held polls. */
export interface ClaimClasses {
  /** The class of a worker's polls. */
  of(worker: WorkerRecord): ClaimClass;
  /** Takes a poll out of its class. */
  leave(ofClass: ClaimClass, poll: HeldPoll): void;
  /** Something may be there to claim for any of them. */
  trigger(): void;
  /** Resolves when no claim is in flight. */
  idle(): Promise<void>;
}

/** Makes none yet; a class comes with its first poll. `untilPausesKnown` is awaited before each choice of who may claim. */
export function createClaimClasses(claimer: Claimer, untilPausesKnown: () => Promise<void>): ClaimClasses {
  const classes = new Map<string, ClaimClass>();

  /** A class whose last poll has left may still have a claim under way, which others may join and a stop waits for. */
  async function dropWhenIdle(ofClass: ClaimClass): Promise<void> {
    await ofClass.idle();
    if (ofClass.size === 0 && classes.get(ofClass.key) === ofClass) classes.delete(ofClass.key);
  }

  return {
    of: (worker) => {
      const key = keyOf(worker);
      const known = classes.get(key);
      if (known) return known;
      const made = createClaimClass({ key, fit: fitOf(worker), claimer, untilPausesKnown });
      classes.set(key, made);
      return made;
    },
    leave: (ofClass, poll) => {
      ofClass.remove(poll);
      if (ofClass.size === 0) void dropWhenIdle(ofClass);
    },
    trigger: () => {
      for (const each of classes.values()) each.trigger();
    },
    idle: async () => {
      await Promise.all([...classes.values()].map((each) => each.idle()));
    },
  };
}

function fitOf({ projectId, labels, agents, repositories }: WorkerRecord): Fit {
  return { projectId, labels, agents, repositories };
}

/** Workers of equal fits share a class. */
function keyOf(worker: WorkerRecord): string {
  const labels = Object.entries(worker.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    worker.projectId,
    labels,
    worker.agents?.toSorted(),
    worker.repositories?.toSorted(),
  ]);
}
