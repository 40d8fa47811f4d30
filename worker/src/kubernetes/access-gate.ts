import type { Logger } from 'pino';

import type { Health } from '../health.ts';
import { pause } from '../pause.ts';
import { checkAccess } from './access-check.ts';
import type { Cluster } from './cluster.ts';

const lookAgainMs = 10_000;

/** Who waits, and who hears of it. */
export interface AccessGate {
  readonly cluster: Cluster;
  readonly health: Pick<Health, 'hinder'>;
  readonly logger: Logger;
}

/** Waits until the cluster has all that a worker needs there, and says what is missing and how to mend it. */
export async function untilAllowed(
  { cluster, health, logger }: AccessGate,
  signal: AbortSignal,
): Promise<void> {
  for (let told = ''; ; await pause(lookAgainMs, signal)) {
    signal.throwIfAborted();
    const missing = (await checkAccess(cluster, signal)).filter(({ state }) => state === 'failed');
    const words = missing.map(({ message }) => message).join('; ');
    health.hinder(missing.length > 0 ? words : undefined);
    if (missing.length === 0) return;
    if (words === told) continue;
    told = words;
    for (const { message, fix } of missing) logger.error({ fix }, message);
    logger.error('the worker does no work until that is mended; looking again every 10 s');
  }
}
