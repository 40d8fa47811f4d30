import type { AttemptRef } from '@verve/contract';
import type { Logger } from 'pino';

import { monotonicMs, type SyncedClock } from '../clock.ts';
import type { Meters } from '../meters.ts';
import { createOutageLog } from '../outage.ts';
import { StorageUnavailable, type Storage } from '../storage/storage.ts';
import { decideTakeBack } from '../tasks/take-back.ts';
import type { TaskMover } from '../tasks/task-mover.ts';
import type { Dispatcher } from './dispatcher.ts';

/** Times of the sweep and of what it watches over. */
export interface SweepTimes {
  /** How often expired leases are looked for. */
  readonly intervalMs: number;
  readonly leaseMs: number;
  readonly acknowledgeMs: number;
  /** A worker not seen for this long counts as disconnected. */
  readonly workerAliveMs: number;
}

/** What a sweep is made of. */
export interface SweepParts {
  readonly storage: Storage;
  readonly dispatcher: Pick<Dispatcher, 'wake'>;
  readonly mover: TaskMover;
  /** Set to the database's clock by each sweep, so that all replicas agree. */
  readonly clock: SyncedClock;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly times: SweepTimes;
}

/** Looks now and then for what no call looks for. */
export interface Sweep {
  /** One sweep; never two at once. Does not throw: what fails is logged once per outage and comes again. */
  run(): Promise<void>;
}

/** Attempts taken back by one sweep at most. */
const expiryBatch = 500;

/** Makes a sweep. Any number of processes may sweep the same database. */
export function createSweep(parts: SweepParts): Sweep {
  const { storage, clock, meters, times } = parts;
  const logger = parts.logger.child({ component: 'sweep' });
  const outage = createOutageLog(logger, meters, 'sweep');
  /** Since when, by the clock, sweeps came without a gap; undefined: the newest one failed. */
  let sweepingSince: number | undefined;
  let sweptAt = Number.NEGATIVE_INFINITY;

  /** Workers could not renew anything while the database was away or read-only, or this process stood still. */
  function watchForGap(now: number): number {
    const hasGap = now - sweptAt > Math.max(5 * times.intervalMs, 10_000);
    if (sweepingSince === undefined || hasGap) sweepingSince = now;
    sweptAt = now;
    return sweepingSince;
  }

  async function synchronise(): Promise<void> {
    const before = monotonicMs();
    const now = await storage.now();
    clock.synchronise(now, [before, monotonicMs()]);
  }

  async function takeBackExpired(sweepingSinceMs: number): Promise<void> {
    const { leaseMs, acknowledgeMs } = times;
    const query = { nowMs: clock.now(), sweepingSinceMs, leaseMs, acknowledgeMs, limit: expiryBatch };
    for (const expired of await storage.queue.expiredLeases(query)) await takeBack(expired);
  }

  /** An attempt that a fault of Verve keeps from being taken back must not keep the others. */
  async function takeBack({ taskId, attempt }: AttemptRef): Promise<void> {
    const at = { now: clock.now(), cause: 'expired' } as const;
    try {
      await parts.mover.change({ id: taskId, attempt }, (snapshot) => decideTakeBack(snapshot, at));
    } catch (error) {
      if (error instanceof StorageUnavailable) throw error;
      logger.error({ err: error, taskId, attempt }, 'attempt not taken back');
    }
  }

  async function markDisconnected(sweepingSinceMs: number): Promise<void> {
    const now = clock.now();
    if (now - sweepingSinceMs < times.workerAliveMs) return;
    const count = await storage.workers.markDisconnected(now - times.workerAliveMs);
    if (count === 0) return;
    storage.hints.notify('workers');
    storage.hints.notify('changes');
    meters.workersDisconnected(count);
    logger.info({ count }, 'workers disconnected');
  }

  /** In order; the first that fails ends the sweep, since all of them need the same database. */
  async function sweep(): Promise<void> {
    await synchronise();
    await storage.queue.noteSweep(clock.now());
    const since = watchForGap(clock.now());
    await takeBackExpired(since);
    storage.queue.forgetWatermarks();
    const depth = await storage.queue.depth();
    meters.queueDepth(depth, clock.now());
    parts.dispatcher.wake(depth.pending > 0);
    await markDisconnected(since);
  }

  return {
    run: async () => {
      try {
        await sweep();
        outage.recovered();
      } catch (error) {
        sweepingSince = undefined;
        outage.failed(error);
      }
    },
  };
}
