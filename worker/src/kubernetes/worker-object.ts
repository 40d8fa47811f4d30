import type { KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from 'pino';

import type { Verdict } from '../health.ts';
import { pause } from '../pause.ts';
import { uptimeMs } from '../uptime.ts';
import { ifThere } from './api-error.ts';
import { mergePatch, within, type Cluster } from './cluster.ts';
import { withConditions, type Condition, type ConditionChange } from './conditions.ts';
import { group, labels, version } from './run-objects.ts';

const lookMs = 5_000;
/** How often a Worker is told how it is, at least. */
export const longestSilenceMs = 300_000;
const never = new AbortController().signal;

/** The type of a Worker's condition. */
export const connectedType = 'Connected';
/** Its reason once the worker has ended by itself. */
export const stoppedReason = 'Stopped';
const hasStopped: ConditionChange = {
  type: connectedType,
  status: 'False',
  reason: stoppedReason,
  message: 'the worker was stopped',
};

/** What people are told of a worker. */
export interface WorkerFacts {
  readonly version: string;
  readonly serverUrl: string;
  readonly running: number;
  readonly capacity: number;
  /** Whether the server answers; why not, in words. */
  readonly connected: Verdict;
}

type ShownFacts = Omit<WorkerFacts, 'connected'>;

/** A Worker of the cluster. */
export interface WorkerObject extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    /** RFC 3339. */
    readonly lastSeenAt?: string;
  };
}

/** What keeping the object takes. */
export interface WorkerObjectOptions {
  readonly cluster: Cluster;
  /** The object's name. */
  readonly installation: string;
  /** What is true right now. */
  readonly facts: () => WorkerFacts;
  readonly logger: Logger;
}

/**
 * Keeps the Worker of an installation as the worker is: written when something has changed, each five seconds at most, and
 * each five minutes anyway. At its end the worker is not connected. Trouble with it disturbs no work.
 */
export function keepWorkerObject(options: WorkerObjectOptions): AsyncDisposable {
  const { cluster, installation, facts, logger } = options;
  const { custom, namespace } = cluster;
  const at = { group, version, namespace, plural: 'workers' };
  const named = { ...at, name: installation };
  const disposal = new AbortController();
  const { signal } = disposal;

  let object: WorkerObject | undefined;
  let told = '';
  let toldAtMs = -Infinity;
  let isInTrouble = false;

  async function findOrMake(): Promise<WorkerObject> {
    const found = await ifThere<WorkerObject>(custom.getNamespacedCustomObject(named, within(never)));
    if (found) return found;
    const body = {
      apiVersion: `${group}/${version}`,
      kind: 'Worker',
      metadata: { name: installation, labels: { [labels.installation]: installation } },
    };
    return custom.createNamespacedCustomObject({ ...at, body }, within(never));
  }

  async function write(shown: ShownFacts, change: ConditionChange): Promise<void> {
    const lastSeenAt = new Date();
    const conditions = withConditions(object?.status?.conditions ?? [], [change], lastSeenAt);
    const observedGeneration = object?.metadata?.generation;
    const status = { ...shown, conditions, observedGeneration, lastSeenAt: lastSeenAt.toISOString() };
    object = await custom.patchNamespacedCustomObjectStatus(
      { ...named, body: { status } },
      mergePatch(never),
    );
  }

  async function tell(now: WorkerFacts, change: ConditionChange): Promise<void> {
    const { connected: _, ...shown } = now;
    const words = gistOf(shown, change);
    if (words === told && uptimeMs() - toldAtMs < longestSilenceMs) return;
    try {
      object ??= await findOrMake();
      await write(shown, change);
      [told, toldAtMs, isInTrouble] = [words, uptimeMs(), false];
    } catch (error) {
      // One that somebody deleted is made again.
      [object, told] = [undefined, ''];
      if (!isInTrouble) logger.warn({ err: error }, 'the Worker cannot be told how it is; trying on');
      isInTrouble = true;
    }
  }

  async function keep(): Promise<void> {
    while (!signal.aborted) {
      const now = facts();
      await tell(now, conditionOf(now.connected));
      await pause(lookMs, signal);
    }
    await tell(facts(), hasStopped);
  }

  const keeping = keep();
  return {
    async [Symbol.asyncDispose]() {
      disposal.abort();
      await keeping;
    },
  };
}

/** The same for facts that are no news to each other: for how long the server has not answered is none. */
function gistOf(shown: ShownFacts, { reason, message }: ConditionChange): string {
  return JSON.stringify({ ...shown, reason, message: message.replaceAll(/\d+/g, '') });
}

function conditionOf(connected: Verdict): ConditionChange {
  if (connected.isWell)
    return { type: connectedType, status: 'True', reason: 'Connected', message: 'the server answers' };
  return { type: connectedType, status: 'False', reason: 'Disconnected', message: connected.why };
}
