import type { Finding } from '../doctor/finding.ts';
import { ifThere } from './api-error.ts';
import { within, type Cluster } from './cluster.ts';
import { group, version } from './run-objects.ts';
import { connectedType, longestSilenceMs, stoppedReason, type WorkerObject } from './worker-object.ts';

const check = 'worker';
const fix = 'Start it, or look at what ended it: its Deployment, its pods and their logs.';

/**
 * How the worker of this installation is, by its Worker: it may be kept from its work by what no other check sees, as another
 * worker of its name. Nothing where none has come so far as to make one.
 */
export async function checkConnection(
  { custom, namespace }: Pick<Cluster, 'custom' | 'namespace'>,
  installation: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const named = { group, version, namespace, plural: 'workers', name: installation };
  const worker = await ifThere<WorkerObject>(custom.getNamespacedCustomObject(named, within(signal)));
  const finding = connectionFinding(worker, Date.now());
  return finding ? [finding] : [];
}

/** What a Worker says at a time, ms since 1970; undefined: nothing yet. */
export function connectionFinding(worker: WorkerObject | undefined, nowMs: number): Finding | undefined {
  const { conditions = [], lastSeenAt } = worker?.status ?? {};
  const connected = conditions.find(({ type }) => type === connectedType);
  if (!connected || lastSeenAt === undefined) return undefined;
  const { status, reason, message } = connected;
  if (reason === stoppedReason) return { check, state: 'warning', message, fix };
  if (status !== 'True') return { check, state: 'failed', message: `not connected: ${message}` };
  if (nowMs - Date.parse(lastSeenAt) > 2 * longestSilenceMs) {
    return { check, state: 'warning', message: `has told nothing since ${lastSeenAt}`, fix };
  }
  return { check, state: 'ok', message: `${worker?.metadata?.name ?? ''} is connected` };
}
