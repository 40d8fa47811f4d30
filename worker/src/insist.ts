import type { Logger } from 'pino';

import { pause } from './pause.ts';
import { uptimeMs } from './uptime.ts';

/** Trouble after that long without any counts as new. */
const calmMs = 60_000;

/** What is insisted on, and who hears of trouble. */
export interface Insisting {
  /** Constant words for the log. */
  readonly step: string;
  readonly logger: Logger;
  /** Between two tries, ms. */
  readonly pauseMs: number;
  /** Called after each failure with how many there were in a row, and the last. */
  readonly troubled?: (failures: number, error: unknown) => void;
}

/**
 * Takes a step until it succeeds, despite trouble on this side of any length: a full disk, an engine that is away. Throws
 * nothing but the signal's reason.
 */
export async function insist<T>(
  { step, logger, pauseMs, troubled }: Insisting,
  take: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    const begunMs = uptimeMs();
    try {
      return await take();
    } catch (error) {
      signal.throwIfAborted();
      failures = uptimeMs() - begunMs > calmMs ? 1 : failures + 1;
      logger.error({ step, failures, err: error }, 'in trouble; trying again');
      troubled?.(failures, error);
      await pause(pauseMs, signal);
    }
  }
}
