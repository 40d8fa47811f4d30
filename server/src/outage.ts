import type { Logger } from 'pino';

import type { Meters } from './meters.ts';
import { StorageUnavailable } from './storage/storage.ts';

/** Tells once that the database is away, and once that it is back. */
export interface OutageLog {
  failed(error: unknown): void;
  recovered(): void;
}

/**
 * Makes the log of one component's outages. An error that is not the database's is a fault of Verve and is logged
 * each time.
 */
export function createOutageLog(logger: Logger, meters: Meters, component: string): OutageLog {
  let isAway = false;
  return {
    failed: (error) => {
      if (!(error instanceof StorageUnavailable)) {
        logger.error({ err: error }, 'unexpected error');
        return;
      }
      meters.storageUnavailable(component);
      if (isAway) return;
      isAway = true;
      logger.warn({ err: error }, 'database is away');
    },
    recovered: () => {
      if (isAway) logger.info('database is back');
      isAway = false;
    },
  };
}
