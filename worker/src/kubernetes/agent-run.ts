import type { KubernetesObject, V1OwnerReference } from '@kubernetes/client-node';
import type { RunSpec, Usage } from '@verve/contract';

import type { Condition, ConditionChange } from './conditions.ts';
import { finalizer, group, labels, objectName, refOf, runLabels, version } from './run-objects.ts';

const apiVersion = `${group}/${version}`;

/** What was claimed, for people to see; `crds/agentruns.yaml` describes it. */
interface AgentRunSpec {
  readonly taskId: string;
  readonly attempt: number;
  readonly worker: string;
  readonly title?: string;
  readonly repository: string;
  readonly baseBranch?: string;
  readonly branch: string;
  readonly agent: string;
  readonly model?: string;
  readonly timeoutSeconds: number;
}

/** How it goes, for people to see. In a change, null takes a field away. */
interface AgentRunStatus {
  readonly observedGeneration?: number;
  readonly phase?: string;
  readonly reason?: string | null;
  readonly message?: string | null;
  readonly job?: { readonly name: string; readonly uid: string } | null;
  readonly branch?: string;
  readonly commit?: string;
  readonly pullRequestUrl?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly duration?: string;
  readonly usage?: Usage;
  readonly conditions?: readonly Condition[];
}

/** An AgentRun of the cluster. */
export interface AgentRun extends KubernetesObject {
  readonly spec: AgentRunSpec;
  readonly status?: AgentRunStatus;
}

/** What is told of a run; what is left out stays. */
export interface StatusChange extends Omit<AgentRunStatus, 'conditions' | 'observedGeneration'> {
  readonly conditions?: readonly ConditionChange[];
}

/** What a run is made of in the cluster before its Job. */
export interface AgentRunBirth {
  readonly spec: RunSpec;
  readonly timeoutSeconds: number;
}

/** Whose an AgentRun is. */
export interface AgentRunOwner {
  /** The value of the label that the installation's objects are found by. */
  readonly installation: string;
  /** The worker's name, for people. */
  readonly worker: string;
}

/** A new AgentRun. */
export function agentRunOf(
  { spec, timeoutSeconds }: AgentRunBirth,
  { installation, worker }: AgentRunOwner,
): AgentRun {
  return {
    apiVersion,
    kind: 'AgentRun',
    metadata: {
      name: objectName(spec),
      labels: { ...runLabels(installation, spec), [labels.active]: 'true' },
      finalizers: [finalizer],
    },
    spec: {
      taskId: spec.taskId,
      attempt: spec.attempt,
      worker,
      title: spec.title,
      repository: spec.repository,
      ...(spec.baseBranch !== undefined && { baseBranch: spec.baseBranch }),
      branch: spec.branch,
      agent: spec.agent.name,
      ...(spec.agent.model !== undefined && { model: spec.agent.model }),
      timeoutSeconds,
    },
  };
}

/** What makes an object go with its AgentRun. */
export function ownerOf({ metadata }: AgentRun): V1OwnerReference {
  const { name = '', uid = '' } = metadata ?? {};
  return { apiVersion, kind: 'AgentRun', name, uid, controller: true, blockOwnerDeletion: false };
}

/** Throws for an AgentRun of another installation, or of none. */
export function checkOwn(found: AgentRun, installation: string): AgentRun {
  const { name = '', labels: has } = found.metadata ?? {};
  if (has?.[labels.installation] === installation && refOf(has)) return found;
  throw new Error(`AgentRun ${name} is there and belongs to ${has?.[labels.installation] ?? 'nobody'}`);
}
