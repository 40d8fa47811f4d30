import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { containerEnd, phases, type ContainerEnd, type Phase } from '@verve/contract';

/** Where a phase's container is. */
export type ContainerFact =
  | { readonly kind: 'ahead'; readonly reason: string; readonly message: string }
  | { readonly kind: 'running' }
  | {
      readonly kind: 'ended';
      readonly code: number;
      readonly reason: string;
      readonly message: string;
      /** What it told of its end; undefined: nothing that can be read. */
      readonly end: ContainerEnd | undefined;
    };

/** What a pod says of the run in it. */
export interface PodFacts {
  readonly name: string;
  readonly containers: Readonly<Record<Phase, ContainerFact>>;
  /** It has a node. */
  readonly isScheduled: boolean;
  /** Why it has none, in the scheduler's words; empty when nothing is said. */
  readonly schedulerWords: string;
  /** The kubelet has ended it, for good. */
  readonly isOver: boolean;
  /** As `Evicted`, `DeadlineExceeded`; empty when the pod as a whole has none. */
  readonly reason: string;
  readonly message: string;
  /** It is being deleted, or is evicted, preempted or drained; with Kubernetes' words. */
  readonly disruption: string | undefined;
}

/** Reads a pod. Its phase says little: it is `Pending` as long as init containers run. */
export function factsOf(pod: V1Pod): PodFacts {
  const { metadata, status = {} } = pod;
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const scheduled = conditionOf(pod, 'PodScheduled');
  const target = conditionOf(pod, 'DisruptionTarget');
  const disrupted = target?.status === 'True' ? `${target.reason ?? ''}: ${target.message ?? ''}` : undefined;
  return {
    name: metadata?.name ?? '',
    containers: Object.fromEntries(
      phases.map((phase) => [phase, containerFact(statuses.find(({ name }) => name === phase))]),
    ) as Record<Phase, ContainerFact>,
    isScheduled: scheduled?.status === 'True' || pod.spec?.nodeName !== undefined,
    schedulerWords: scheduled?.status === 'False' ? (scheduled.message ?? '') : '',
    isOver: status.phase === 'Failed' || status.phase === 'Succeeded',
    reason: status.reason ?? '',
    message: status.message ?? '',
    disruption: disrupted ?? (metadata?.deletionTimestamp ? 'its pod was deleted' : undefined),
  };
}

/** The phase whose container has not ended; undefined when all have. */
export function phaseOf({ containers }: Pick<PodFacts, 'containers'>): Phase | undefined {
  return phases.find((phase) => containers[phase].kind !== 'ended');
}

function conditionOf(
  { status }: V1Pod,
  type: string,
): { readonly status: string; readonly reason?: string; readonly message?: string } | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function containerFact(found: V1ContainerStatus | undefined): ContainerFact {
  const { waiting, running, terminated } = found?.state ?? {};
  if (terminated) {
    const { exitCode: code, reason = '', message = '' } = terminated;
    return { kind: 'ended', code, reason, message, end: parseEnd(message) };
  }
  if (running) return { kind: 'running' };
  return { kind: 'ahead', reason: waiting?.reason ?? '', message: waiting?.message ?? '' };
}

function parseEnd(message: string): ContainerEnd | undefined {
  try {
    return containerEnd.parse(JSON.parse(message));
  } catch {
    return undefined;
  }
}
