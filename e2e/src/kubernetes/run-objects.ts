import type { Task } from '@verve/contract';

import type { Kubectl } from './kubectl.ts';
import { until } from './until.ts';
import { runNameOf } from './world.ts';

/** An AgentRun as kubectl has it. */
export interface ShownRun {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string; readonly reason?: string };
}

/** The AgentRun of a task's attempt; undefined while there is none. */
export async function agentRunOf(
  kubectl: Kubectl,
  task: Pick<Task, 'id'>,
  attempt = 1,
): Promise<ShownRun | undefined> {
  const { items } = await kubectl.get<{ readonly items: readonly ShownRun[] }>('agentruns');
  return items.find(({ metadata }) => metadata.name === runNameOf(task, attempt));
}

/** Names of the Jobs that are there. */
export async function jobsOf(kubectl: Kubectl): Promise<readonly string[]> {
  const { items } = await kubectl.get<{ readonly items: readonly ShownRun[] }>('jobs');
  return items.map(({ metadata }) => metadata.name);
}

interface CreationEvent {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly count?: number;
}

/** Names of the Jobs that ever made a pod, once for each pod. Kubernetes remembers them for an hour. */
export async function podsEverMade(kubectl: Kubectl): Promise<readonly string[]> {
  const { items } = await kubectl.get<{ readonly items: readonly CreationEvent[] }>(
    'events',
    '--field-selector=reason=SuccessfulCreate',
  );
  return items
    .filter(({ involvedObject }) => involvedObject.kind === 'Job')
    .flatMap(({ involvedObject, count = 1 }) => Array.from({ length: count }, () => involvedObject.name))
    .toSorted();
}

/** Resolves when the AgentRun of a task's first attempt has come to a phase. */
export async function untilPhase(kubectl: Kubectl, task: Pick<Task, 'id'>, phase: string): Promise<void> {
  await until(
    `the run has come to ${phase}`,
    async () => (await agentRunOf(kubectl, task))?.status?.phase === phase,
  );
}

interface RunPod extends ShownRun {
  readonly status: { readonly phase: string };
}

/** Names of the pods of runs that have not ended. */
export async function runsUnderWay(kubectl: Kubectl): Promise<readonly string[]> {
  const pods = await kubectl.get<{ readonly items: readonly RunPod[] }>(
    'pods',
    '--selector=batch.kubernetes.io/job-name',
  );
  return pods.items
    .filter(({ status }) => ['Pending', 'Running'].includes(status.phase))
    .map(({ metadata }) => metadata.name);
}
