import type { AttemptRef } from '@verve/contract';
import type { Logger } from 'pino';

import { holdLease, type InstallationLease, type LeaseTimes } from './installation-lease.ts';
import { checkRights, stateOfNamespace, unreached } from './kubernetes/access-check.ts';
import { removeAgentRuns } from './kubernetes/agent-run-removal.ts';
import { ifThere, refusalOf, wordsOf } from './kubernetes/api-error.ts';
import { within, type Cluster } from './kubernetes/cluster.ts';
import { readLease, removeLease } from './kubernetes/leases.ts';
import type { RemovalProblem } from './kubernetes/leftovers.ts';
import { uninstallPermissions } from './kubernetes/permissions.ts';
import { group, version } from './kubernetes/run-objects.ts';

/** How long it waits, ms. */
interface UninstallationTimes {
  /** For the end of a worker that is active. */
  readonly leaseMs: number;
  /** Until AgentRuns and their pods are gone. */
  readonly goneMs: number;
}

const usualTimes: UninstallationTimes = { leaseMs: 60_000, goneMs: 60_000 };

/** What is removed, and who hears of it. */
export interface UninstallationOptions {
  readonly cluster: Cluster;
  readonly installation: string;
  readonly times?: UninstallationTimes;
  /** Absent: those of a worker. */
  readonly leaseTimes?: LeaseTimes;
  /** Called once when a worker is active and is waited for. */
  readonly standBy: (holder: string, waitMs: number) => void;
  readonly logger: Logger;
}

/** What became of an installation. */
export interface Uninstallation {
  readonly installation: string;
  readonly namespace: string;
  /** How many of each kind were there and are gone. */
  readonly removed: { readonly agentRuns: number; readonly workers: number; readonly leases: number };
  /** Attempts of removed AgentRuns that the server still waits for. */
  readonly underWay: readonly AttemptRef[];
  /** None: nothing is left. */
  readonly problems: readonly RemovalProblem[];
}

interface Draft {
  readonly removed: { agentRuns: number; workers: number; leases: number };
  readonly underWay: AttemptRef[];
  readonly problems: RemovalProblem[];
}

/** Another process works on what is to be removed, or may soon. */
class NotAlone extends Error {
  override readonly name = 'NotAlone';
}

/**
 * Removes what an installation left in its namespace: its AgentRuns with all that is theirs, its Worker, its Lease. It
 * holds the Lease meanwhile, so that no worker works beside it. What is not there is well; what the API server refuses
 * to remove keeps nothing else from being removed. Throws the signal's reason alone, and may be run again whatever
 * happened.
 */
export async function uninstall(
  options: UninstallationOptions,
  signal: AbortSignal,
): Promise<Uninstallation> {
  const { cluster, installation } = options;
  const draft: Draft = { removed: { agentRuns: 0, workers: 0, leases: 0 }, underWay: [], problems: [] };
  try {
    await removeAll(options, draft, signal);
  } catch (error) {
    signal.throwIfAborted();
    draft.problems.push(problemOf(cluster, error));
  }
  return { installation, namespace: cluster.namespace, ...draft };
}

async function removeAll(options: UninstallationOptions, draft: Draft, signal: AbortSignal): Promise<void> {
  const { cluster } = options;
  const need = { who: 'verve-worker uninstall', permissions: uninstallPermissions };
  for (const { message, fix = '' } of await checkRights(cluster, need, signal)) {
    draft.problems.push({ message, fix });
  }
  if (draft.problems.length > 0) return;
  switch (await stateOfNamespace(cluster, signal)) {
    case 'there':
      await removeAlone(options, draft, signal);
      return;
    case 'ending':
      // Nobody can take a Lease there any more, and who has it loses it.
      await removeObjects(options, draft, signal);
      return;
    case 'missing':
  }
}

/** With the Lease in hand, which goes last. */
async function removeAlone(options: UninstallationOptions, draft: Draft, signal: AbortSignal): Promise<void> {
  const { cluster, installation } = options;
  const before = await readLease(cluster, installation, signal);
  const holder = await removeHolding(options, draft, signal);
  const left = await readLease(cluster, installation, signal);
  const by = left?.spec?.holderIdentity;
  if (by && by !== holder) throw new NotAlone(`a worker of the installation has become active: ${by}`);
  if (left && !(await removeLease(cluster, left, signal))) {
    throw new NotAlone('a worker of the installation has become active');
  }
  if (before) draft.removed.leases = 1;
}

/** Gives as whom the Lease was held. */
async function removeHolding(
  options: UninstallationOptions,
  draft: Draft,
  signal: AbortSignal,
): Promise<string> {
  await using lease = await takeLease(options, signal);
  try {
    await removeObjects(options, draft, AbortSignal.any([signal, lease.lost]));
  } catch (error) {
    if (lease.lost.aborted) throw new NotAlone(wordsOf(lease.lost.reason), { cause: error });
    throw error;
  }
  return lease.holder;
}

async function takeLease(options: UninstallationOptions, signal: AbortSignal): Promise<InstallationLease> {
  const { cluster, installation, times = usualTimes, leaseTimes, standBy, logger } = options;
  const bound = AbortSignal.timeout(times.leaseMs);
  let active: NotAlone | undefined;
  let trouble: unknown;
  try {
    return await holdLease(
      {
        cluster,
        installation,
        ...(leaseTimes && { times: leaseTimes }),
        standBy(holder) {
          active = new NotAlone(`a worker of the installation is active: ${holder}`);
          standBy(holder, times.leaseMs);
        },
        troubled: (error) => (trouble = error),
        logger,
      },
      AbortSignal.any([signal, bound]),
    );
  } catch (error) {
    throw signal.aborted ? error : (active ?? trouble ?? error);
  }
}

async function removeObjects(
  { cluster, installation, times = usualTimes }: UninstallationOptions,
  draft: Draft,
  signal: AbortSignal,
): Promise<void> {
  const { custom, namespace } = cluster;
  const runs = await removeAgentRuns({ cluster, installation, goneMs: times.goneMs }, signal);
  draft.removed.agentRuns = runs.count;
  draft.underWay.push(...runs.underWay);
  draft.problems.push(...runs.problems);
  const worker = { group, version, namespace, plural: 'workers', name: installation };
  try {
    const gone: unknown = await ifThere(custom.deleteNamespacedCustomObject(worker, within(signal)));
    if (gone !== undefined) draft.removed.workers = 1;
  } catch (error) {
    signal.throwIfAborted();
    draft.problems.push(problemOf(cluster, error));
  }
}

function problemOf(cluster: Cluster, error: unknown): RemovalProblem {
  const { namespace } = cluster;
  if (error instanceof NotAlone) {
    const stop = `kubectl scale deployment --namespace ${namespace} NAME --replicas=0`;
    return {
      message: error.message,
      fix: `Stop the worker, for example by: ${stop}; then try again.`,
    };
  }
  const refusal = refusalOf(error);
  if (!refusal || refusal.code === 401 || refusal.code >= 500) {
    const { message, fix = '' } = unreached(cluster, error);
    return { message, fix };
  }
  return {
    message: `the API server refuses: ${refusal.message}`,
    fix: 'Mend what it says, and try again.',
  };
}
