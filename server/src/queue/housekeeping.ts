import type { Logger } from 'pino';

import type { Meters } from '../meters.ts';
import { createOutageLog } from '../outage.ts';
import type { Storage } from '../storage/storage.ts';
import { prune, type RetentionSettings } from './retention.ts';

/** What housekeeping is made of. */
interface HousekeepingParts {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly retention: RetentionSettings;
}

/** Deletes now and then what nobody needs any more; nothing waits for it. */
export interface Housekeeping {
  /**
   * Deletes ended sessions, then old logs, until that is done or the signal aborts. Does not throw: what fails keeps
   * nothing else back, is logged once per outage, and comes again.
   */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes housekeeping. Any number of processes may do it on the same database. */
export function createHousekeeping(parts: HousekeepingParts): Housekeeping {
  const { storage, meters } = parts;
  const logger = parts.logger.child({ component: 'housekeeping' });
  const outage = createOutageLog(logger, meters, 'housekeeping');

  async function removeSessions(): Promise<void> {
    await storage.sessions.removeExpired(await storage.now());
  }

  async function pruneLogs(signal: AbortSignal): Promise<void> {
    // By the database's clock: a machine's may be days off, and what is deleted is gone.
    const now = await storage.now();
    const tasks = await prune(storage.chunks, { ...parts.retention, now }, signal);
    if (tasks === 0) return;
    meters.logsPruned(tasks);
    logger.info({ tasks }, 'old logs deleted');
  }

  async function hasSucceeded(chore: Promise<void>): Promise<boolean> {
    try {
      await chore;
      return true;
    } catch (error) {
      outage.failed(error);
      return false;
    }
  }

  return {
    run: async (signal) => {
      const areSessionsRemoved = await hasSucceeded(removeSessions());
      const areLogsPruned = await hasSucceeded(pruneLogs(signal));
      if (areSessionsRemoved && areLogsPruned) outage.recovered();
    },
  };
}
