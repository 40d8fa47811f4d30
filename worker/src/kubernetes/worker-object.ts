import type { KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from 'pino';

import { pause } from '../pause.ts';
import { uptimeMs } from '../uptime.ts';
import { ifThere } from './api-error.ts';
import { mergePatch, within, type Cluster } from './cluster.ts';
import { withConditions, type Condition } from './conditions.ts';
import { group, labels, version } from './run-objects.ts';

const lookMs = 5_000;
const anywayMs = 300_000;
const never = new AbortController().signal;

/** What people are told of a worker. */
export interface WorkerFacts {
  readonly version: string;
  readonly serverUrl: string;
  readonly running: number;
  readonly capacity: number;
  /** Whether the server answers; why not, in words. */
  readonly connected: { readonly isWell: true } | { readonly isWell: false; readonly why: string };
}

/** A Worker of the cluster. */
interface WorkerObject extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
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

  async function write({ connected, ...shown }: WorkerFacts): Promise<void> {
    const lastSeenAt = new Date();
    const conditions = withConditions(object?.status?.conditions ?? [], [conditionOf(connected)], lastSeenAt);
    const observedGeneration = object?.metadata?.generation;
    const status = { ...shown, conditions, observedGeneration, lastSeenAt: lastSeenAt.toISOString() };
    object = await custom.patchNamespacedCustomObjectStatus(
      { ...named, body: { status } },
      mergePatch(never),
    );
  }

  async function tell(now: WorkerFacts): Promise<void> {
    const words = gistOf(now);
    if (words === told && uptimeMs() - toldAtMs < anywayMs) return;
    try {
      object ??= await findOrMake();
      await write(now);
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
      await tell(facts());
      await pause(lookMs, signal);
    }
    await tell({ ...facts(), connected: { isWell: false, why: 'the worker was stopped' } });
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
function gistOf({ connected, ...shown }: WorkerFacts): string {
  const why = connected.isWell ? '' : connected.why.replaceAll(/\d+/g, '');
  return JSON.stringify({ ...shown, why });
}

function conditionOf(connected: WorkerFacts['connected']): Omit<Condition, 'lastTransitionTime'> {
  const type = 'Connected';
  if (connected.isWell) return { type, status: 'True', reason: 'Connected', message: 'the server answers' };
  return { type, status: 'False', reason: 'Disconnected', message: connected.why };
}
