import type { V1Pod } from '@kubernetes/client-node';
import type { AttemptRef } from '@verve/contract';

import { pause } from '../pause.ts';
import type { AgentRun } from './agent-run.ts';
import { ifThere, wordsOf } from './api-error.ts';
import { mergePatch, within, type Cluster } from './cluster.ts';
import { leftoverProblems, type Leftovers, type RemovalProblem } from './leftovers.ts';
import { nameOf } from './object-store.ts';
import { patiently } from './patiently.ts';
import { finalizer, group, labels, objectName, refOf, version } from './run-objects.ts';

const kind = { group, version, plural: 'agentruns' };
const listMs = 60_000;
const lookMs = 1_000;
/** AgentRuns that are removed at the same time. */
const lanes = 10;

/** Whose AgentRuns are removed. */
export interface AgentRunRemovalOptions {
  readonly cluster: Cluster;
  readonly installation: string;
  /** How long to wait until they and their pods are gone. */
  readonly goneMs: number;
}

/** What became of the AgentRuns. */
export interface AgentRunRemoval {
  /** How many are gone. */
  readonly count: number;
  /** Those of them that the server still waits for. */
  readonly underWay: readonly AttemptRef[];
  readonly problems: readonly RemovalProblem[];
}

/**
 * Removes all AgentRuns of an installation and waits until they and the pods of its runs are gone; Jobs and Secrets go
 * with them. No worker may be active. Of the finalizers Verve's own alone is taken. A cluster that does not know
 * AgentRuns has none. Throws the signal's reason, and when they cannot be listed.
 */
export async function removeAgentRuns(
  options: AgentRunRemovalOptions,
  signal: AbortSignal,
): Promise<AgentRunRemoval> {
  const { cluster, goneMs } = options;
  const bound = AbortSignal.any([signal, AbortSignal.timeout(goneMs)]);
  const found = await listRuns(options, signal);
  const refused = new Map<string, string>();
  await inLanes(found, async (run) => {
    const words = await remove(cluster, run, bound);
    if (words !== undefined) refused.set(nameOf(run), words);
  });
  signal.throwIfAborted();

  const left = await untilGone(options, { refused, bound }, signal);
  const stay = new Set([...refused.keys(), ...left.runs.map(nameOf)]);
  const gone = found.filter((run) => !stay.has(nameOf(run)));
  const underWay = gone.filter(({ metadata }) => metadata?.labels?.[labels.active] !== undefined);
  return {
    count: gone.length,
    underWay: underWay.map(({ spec: { taskId, attempt } }) => ({ taskId, attempt })),
    problems: leftoverProblems(left, cluster.namespace),
  };
}

async function listRuns(
  { cluster: { custom, namespace }, installation }: AgentRunRemovalOptions,
  signal: AbortSignal,
): Promise<readonly AgentRun[]> {
  const labelSelector = `${labels.installation}=${installation}`;
  const call = custom.listNamespacedCustomObject(
    { ...kind, namespace, labelSelector },
    within(signal, listMs),
  );
  return (await ifThere<{ readonly items: readonly AgentRun[] }>(call))?.items ?? [];
}

/** Pods of runs alone: one in which `doctor` asks is no run, and goes by itself. */
async function listPods(
  { cluster: { core, namespace }, installation }: AgentRunRemovalOptions,
  signal: AbortSignal,
): Promise<readonly V1Pod[]> {
  const labelSelector = `${labels.installation}=${installation},${labels.task}`;
  return (await core.listNamespacedPod({ namespace, labelSelector }, within(signal, listMs))).items;
}

/** Gives why the API server refuses it; undefined when it does not, or has not answered by the signal. */
async function remove(
  { custom, namespace }: Cluster,
  run: AgentRun,
  signal: AbortSignal,
): Promise<string | undefined> {
  const at = { ...kind, namespace, name: nameOf(run) };
  const { finalizers = [] } = run.metadata ?? {};
  const others = finalizers.filter((one) => one !== finalizer);

  async function takeFinalizer(): Promise<void> {
    const body = { metadata: { finalizers: others } };
    await ifThere(custom.patchNamespacedCustomObject({ ...at, body }, mergePatch(signal)));
  }

  async function removeIt(): Promise<void> {
    const body = { propagationPolicy: 'Background' };
    await ifThere(custom.deleteNamespacedCustomObject({ ...at, body }, within(signal)));
  }

  try {
    if (others.length < finalizers.length) await patiently(takeFinalizer, signal);
    await patiently(removeIt, signal);
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}

interface Waiting {
  /** Why the API server refused to remove AgentRuns, by their names: these are not waited for. */
  readonly refused: ReadonlyMap<string, string>;
  readonly bound: AbortSignal;
}

/** Looks until nothing is left that may go, or until the bound, and gives what is left then. */
async function untilGone(
  options: AgentRunRemovalOptions,
  { refused, bound }: Waiting,
  signal: AbortSignal,
): Promise<Leftovers> {
  async function look(): Promise<Leftovers> {
    const [runs, pods] = await Promise.all([listRuns(options, signal), listPods(options, signal)]);
    return {
      refused,
      runs: runs.filter((run) => !refused.has(nameOf(run))),
      pods: pods.filter((pod) => !refused.has(runNameOf(pod))),
    };
  }

  for (;;) {
    const isLast = bound.aborted;
    const left = isLast ? await look() : await patiently(look, bound);
    if (left && (isLast || (left.runs.length === 0 && left.pods.length === 0))) return left;
    await pause(lookMs, bound);
  }
}

function runNameOf({ metadata }: V1Pod): string {
  const ref = refOf(metadata?.labels);
  return ref ? objectName(ref) : '';
}

async function inLanes<T>(values: readonly T[], take: (value: T) => Promise<void>): Promise<void> {
  const waiting = values.values();
  const work = async (): Promise<void> => {
    for (const value of waiting) await take(value);
  };
  await Promise.all(Array.from({ length: lanes }, work));
}
