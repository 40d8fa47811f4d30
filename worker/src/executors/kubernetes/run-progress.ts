import type { RunState } from '../../executor.ts';
import type { StatusChange } from '../../kubernetes/agent-run.ts';
import type { ConditionChange } from '../../kubernetes/conditions.ts';
import type { Hindrance } from './hindrance.ts';
import type { PodFacts } from './pod-facts.ts';

const phaseNames = { checkout: 'Checkout', agent: 'Agent', publish: 'Publish' } as const;

/** What people are told of a run that is under way. */
export interface Progress {
  readonly state: RunState & { readonly kind: 'running' | 'waiting' };
  readonly pod: PodFacts | undefined;
  readonly hindrance: Hindrance | undefined;
  /** Why its phase tries something again. */
  readonly retryCause?: string | undefined;
}

/** The AgentRun's status while its run is under way; once it has ended, the journal has the last word. */
export function statusOf({ state, pod, hindrance, retryCause }: Progress): StatusChange {
  return {
    phase: phaseNames[state.phase],
    reason: hindrance?.verdict.reason ?? null,
    message: hindrance?.words ?? retryCause ?? null,
    conditions: [scheduled(pod, hindrance), running(pod, hindrance, retryCause)],
  };
}

function scheduled(pod: PodFacts | undefined, hindrance: Hindrance | undefined): ConditionChange {
  const type = 'Scheduled';
  if (pod?.isScheduled) return { type, status: 'True', reason: 'Scheduled', message: 'its pod has a node' };
  if (hindrance) {
    return {
      type,
      status: 'False',
      reason: hindrance.verdict.reason ?? 'Unschedulable',
      message: hindrance.words,
    };
  }
  return { type, status: 'False', reason: 'Pending', message: 'its pod has no node yet' };
}

function running(
  pod: PodFacts | undefined,
  hindrance: Hindrance | undefined,
  retryCause: string | undefined,
): ConditionChange {
  const type = 'Running';
  if (hindrance) {
    return { type, status: 'False', reason: hindrance.verdict.reason ?? 'Waiting', message: hindrance.words };
  }
  const hasBegun = Object.values(pod?.containers ?? {}).some(({ kind }) => kind !== 'ahead');
  if (hasBegun) return { type, status: 'True', reason: 'Running', message: retryCause ?? 'its phases run' };
  return { type, status: 'False', reason: 'Pending', message: 'its first phase has not begun' };
}
