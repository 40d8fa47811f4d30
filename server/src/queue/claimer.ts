import type { Logger } from 'pino';

import type { Clock } from '../clock.ts';
import type { Meters } from '../meters.ts';
import type { OutageLog } from '../outage.ts';
import type { Fit } from '../storage/queue-store.ts';
import type { TaskRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';
import { decideTakeBack } from '../tasks/take-back.ts';
import type { TaskMover } from '../tasks/task-mover.ts';

/** Claims, and makes claims undone. Neither throws. */
export interface Claimer {
  /** Claims for these workers, a slot each; undefined when the database is away. */
  readonly claim: (fit: Fit, workerIds: readonly string[]) => Promise<readonly TaskRecord[] | undefined>;
  /** Makes claims pending again that reached nobody; where that fails, they are taken back when unacknowledged. */
  readonly giveBack: (claims: readonly TaskRecord[]) => Promise<void>;
}

/** What a claimer is made of. */
export interface ClaimerParts {
  readonly storage: Storage;
  readonly mover: TaskMover;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly clock: Clock;
  /** The lease of a claim until a call of its worker names it. */
  readonly acknowledgeMs: number;
}

/** Makes a claimer that tells the operator of each claim. */
export function createClaimer(parts: ClaimerParts, outage: OutageLog): Claimer {
  const { storage, mover, logger, meters, clock } = parts;

  function tell(task: TaskRecord, nowMs: number): void {
    const { id: taskId, attempt, workerId } = task;
    logger.info({ taskId, attempt, workerId }, 'task claimed');
    // Of a later attempt nobody knows any more since when it could have been claimed.
    if (attempt === 1) meters.taskClaimed((nowMs - task.createdAt) / 1_000);
  }

  return {
    claim: async (fit, workerIds) => {
      try {
        const nowMs = clock.now();
        const leaseUntilMs = nowMs + parts.acknowledgeMs;
        const claims = await storage.queue.claim({ fit, workerIds, nowMs, leaseUntilMs });
        outage.recovered();
        meters.claimStatement(claims.length);
        for (const task of claims) tell(task, nowMs);
        if (claims.length > 0) storage.hints.notify('changes');
        return claims;
      } catch (error) {
        outage.failed(error);
        return undefined;
      }
    },
    giveBack: async (claims) => {
      for (const { id, attempt } of claims) {
        try {
          const at = { now: clock.now(), cause: 'undelivered' } as const;
          await mover.change({ id, attempt }, (snapshot) => decideTakeBack(snapshot, at));
          meters.claimUndelivered();
        } catch (error) {
          outage.failed(error);
        }
      }
    },
  };
}
