import { untilMended, type StartGate } from '../start-gate.ts';
import { checkAccess } from './access-check.ts';
import type { Cluster } from './cluster.ts';

/** Who waits, and who hears of it. */
export interface AccessGate extends Pick<StartGate, 'health' | 'logger'> {
  readonly cluster: Cluster;
}

/** Waits until the cluster has all that a worker needs there, and says what is missing and how to mend it. */
export async function untilAllowed(
  { cluster, health, logger }: AccessGate,
  signal: AbortSignal,
): Promise<void> {
  await untilMended({ look: async (either) => checkAccess(cluster, either), health, logger }, signal);
}
