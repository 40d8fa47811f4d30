import type { V1OwnerReference } from '@kubernetes/client-node';
import type { AttemptRef } from '@verve/contract';
import type { Logger } from 'pino';

import { createTurns } from '../turns.ts';
import {
  agentRunOf,
  checkOwn,
  ownerOf,
  type AgentRun,
  type AgentRunBirth,
  type AgentRunOwner,
  type StatusChange,
} from './agent-run.ts';
import { ifThere, isTaken } from './api-error.ts';
import { mergePatch, within, type Cluster } from './cluster.ts';
import { newsOf, withConditions } from './conditions.ts';
import { createRunEvents } from './run-events.ts';
import { annotations, group, labels, objectName, runLabels, taskSecretName, version } from './run-objects.ts';
import { watchList, type ListAnswer, type WatchedList } from './watched-list.ts';

/** The AgentRuns of one installation that the server still waits for. */
export interface AgentRuns extends AsyncDisposable {
  /** The AgentRuns as they are, give or take a second. */
  readonly active: WatchedList<AgentRun>;
  /** Makes the AgentRun and the Secret with what its run is told, unless they are there. */
  make(birth: AgentRunBirth): Promise<void>;
  /** As the API server has it right now; undefined when it is not there. */
  read(ref: AttemptRef): Promise<AgentRun | undefined>;
  list(): Promise<readonly AgentRun[]>;
  /** Writes the journal's record of it; nothing where it is gone. */
  record(ref: AttemptRef, text: string): Promise<void>;
  /** Tells people how it goes. One that is gone hears nothing. */
  tell(ref: AttemptRef, change: StatusChange): Promise<void>;
  /** Nothing of the run is in hand any more; the AgentRun stays for people to see, what it was told does not. */
  release(ref: AttemptRef): Promise<void>;
  /** Removes one that never was in hand. */
  discard(ref: AttemptRef): Promise<void>;
}

/** Where AgentRuns are. */
export interface AgentRunsOptions extends AgentRunOwner {
  readonly cluster: Cluster;
  readonly logger: Logger;
}

const plural = 'agentruns';
const never = new AbortController().signal;

/** Begins to watch the installation's AgentRuns. */
export function createAgentRuns(options: AgentRunsOptions): AgentRuns {
  const { cluster, installation, worker, logger } = options;
  const { custom, namespace } = cluster;
  const at = { group, version, namespace, plural };
  const turns = createTurns();
  const events = createRunEvents(cluster, logger);
  const labelSelector = `${labels.installation}=${installation},${labels.active}=true`;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
  const active = watchList<AgentRun>({ cluster, path, labelSelector, list: listAll, logger });

  async function listAll(signal: AbortSignal): Promise<ListAnswer<AgentRun>> {
    const answer = await custom.listNamespacedCustomObject({ ...at, labelSelector }, within(signal));
    return { items: answer.items, resourceVersion: answer.metadata.resourceVersion };
  }

  async function read(ref: AttemptRef): Promise<AgentRun | undefined> {
    const name = objectName(ref);
    return ifThere<AgentRun>(custom.getNamespacedCustomObject({ ...at, name }, within(never)));
  }

  async function patch(ref: AttemptRef, body: object): Promise<void> {
    const name = objectName(ref);
    await ifThere(custom.patchNamespacedCustomObject({ ...at, name, body }, mergePatch(never)));
  }

  async function makeAgentRun(birth: AgentRunBirth): Promise<AgentRun> {
    const body = agentRunOf(birth, options);
    try {
      return await custom.createNamespacedCustomObject({ ...at, body }, within(never));
    } catch (error) {
      const found = isTaken(error) ? await read(birth.spec) : undefined;
      if (!found) throw error;
      return checkOwn(found, installation);
    }
  }

  async function tell(ref: AttemptRef, { conditions, ...change }: StatusChange): Promise<void> {
    const found = await read(ref);
    if (!found) return;
    const changed = conditions && withConditions(found.status?.conditions ?? [], conditions, new Date());
    const observedGeneration = found.metadata?.generation;
    const status = { ...change, observedGeneration, ...(changed && { conditions: changed }) };
    const patch = { ...at, name: objectName(ref), body: { status } };
    await ifThere(custom.patchNamespacedCustomObjectStatus(patch, mergePatch(never)));
    await events.tell(found, newsOf(found.status?.conditions ?? [], conditions ?? []));
  }

  return {
    active,
    async make(birth) {
      const made = await makeAgentRun(birth);
      await makeTaskSecret(cluster, { birth, installation, owner: ownerOf(made) });
      if (made.status?.conditions) return;
      const message = `claimed by ${worker}`;
      const claimed = { type: 'Claimed', status: 'True', reason: 'Claimed', message } as const;
      await tell(birth.spec, { phase: 'Claimed', conditions: [claimed] });
    },
    read,
    list: async () => (await listAll(never)).items,
    record: async (ref, text) => patch(ref, { metadata: { annotations: { [annotations.journal]: text } } }),
    tell: async (ref, change) => turns.take(objectName(ref), async () => tell(ref, change)),
    async release(ref) {
      const metadata = {
        labels: { [labels.active]: null },
        annotations: { [annotations.journal]: null },
        finalizers: null,
      };
      const name = taskSecretName(ref);
      await ifThere(cluster.core.deleteNamespacedSecret({ namespace, name }, within(never)));
      await patch(ref, { metadata });
    },
    async discard(ref) {
      const name = objectName(ref);
      const body = { propagationPolicy: 'Background' };
      await patch(ref, { metadata: { finalizers: null } });
      await ifThere(custom.deleteNamespacedCustomObject({ ...at, name, body }, within(never)));
    },
    [Symbol.asyncDispose]: async () => active[Symbol.asyncDispose](),
  };
}

interface TaskSecret {
  readonly birth: AgentRunBirth;
  readonly installation: string;
  readonly owner: V1OwnerReference;
}

/** The Secret with `task.json`; the worker writes it once and may not read it. */
async function makeTaskSecret(
  { core, namespace }: Cluster,
  { birth: { spec }, installation, owner }: TaskSecret,
): Promise<void> {
  const body = {
    metadata: {
      name: taskSecretName(spec),
      labels: runLabels(installation, spec),
      ownerReferences: [owner],
    },
    immutable: true,
    stringData: { 'task.json': JSON.stringify(spec) },
  };
  try {
    await core.createNamespacedSecret({ namespace, body }, within(never));
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}
