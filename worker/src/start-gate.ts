import type { Logger } from 'pino';

import type { Finding } from './doctor/finding.ts';
import type { Health } from './health.ts';
import { pause } from './pause.ts';

const usualAgainMs = 10_000;

/** What may keep a worker from its beginning, and who hears of it. */
export interface StartGate {
  /** The gate is shut while a finding has failed. */
  readonly look: (signal: AbortSignal) => Promise<readonly Finding[]>;
  readonly health: Pick<Health, 'hinder'>;
  readonly logger: Logger;
  /** Between two looks, in whole seconds; absent: 10 s. */
  readonly lookAgainMs?: number;
}

/**
 * Waits until nothing that was looked at has failed. Says what has and how to mend it, in the log once for the same
 * findings. Throws the signal's reason, and what looking throws.
 */
export async function untilMended(
  { look, health, logger, lookAgainMs = usualAgainMs }: StartGate,
  signal: AbortSignal,
): Promise<void> {
  for (let told = ''; ; await pause(lookAgainMs, signal)) {
    signal.throwIfAborted();
    const missing = (await look(signal)).filter(({ state }) => state === 'failed');
    const words = missing
      .map(({ message, fix }) => (fix === undefined ? message : `${message}. ${fix}`))
      .join('; ');
    health.hinder(missing.length > 0 ? words : undefined);
    if (missing.length === 0) return;
    if (words === told) continue;
    told = words;
    for (const { message, fix } of missing) logger.error({ fix }, message);
    logger.error(
      `the worker does no work until that is mended; looking again every ${lookAgainMs / 1_000} s`,
    );
  }
}
