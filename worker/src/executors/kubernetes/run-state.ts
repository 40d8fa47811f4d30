import { phases, type Phase, type PhaseOutcome, type Usage } from '@verve/contract';

import type { RunState } from '../../executor.ts';
import { phaseEndOf, type EndedContainer } from './phase-end.ts';
import type { PodFacts } from './pod-facts.ts';

/** What is known of a run's Job. */
export interface JobFacts {
  /** No phase begins any more. */
  readonly isStopped: boolean;
  /** Why the worker ended it. */
  readonly verdict: PhaseOutcome | undefined;
  /** It makes no pod any more. */
  readonly isOver: boolean;
}

/** What the cluster has of a run. */
export interface RunObjects {
  /** A Job was made for it, whether or not it is there still. */
  readonly wasMade: boolean;
  readonly job: JobFacts | undefined;
  /** As it was seen last; undefined: never. */
  readonly pod: PodFacts | undefined;
  /** It was there, and is no more. */
  readonly isPodGone: boolean;
}

/** What is known of a run. */
export interface RunFacts extends RunObjects {
  /** What publish told last. */
  readonly publish: 'waiting' | 'running' | undefined;
  /** What the agent told last. */
  readonly usage: Usage | undefined;
  /** It has a permit with time before it. */
  readonly isPermitted: boolean;
}

/** The state of a run by all that is known of it. */
export function stateBy(facts: RunFacts): RunState {
  const { wasMade, job, pod } = facts;
  if (!job && !wasMade) return { kind: 'absent' };
  const state = pod ? stateByPod(facts, pod) : stateWithoutPod(job);
  const usage = usageOf(facts, state);
  return usage && state.kind !== 'absent' ? { ...state, usage } : state;
}

function stateWithoutPod(job: JobFacts | undefined): RunState {
  if (!job) return { kind: 'ended', outcome: vanished };
  if (!job.isOver) return { kind: 'running', phase: 'checkout' };
  if (job.verdict || job.isStopped) return { kind: 'ended', outcome: job.verdict };
  return { kind: 'ended', outcome: disrupted('its pod is gone, and nobody saw how it ended') };
}

/** Runtimes tell a signal by an exit code above. */
const endedBySignal = 128;

const vanished: PhaseOutcome = {
  status: 'failed',
  reason: 'RunVanished',
  message: 'its Job is gone: somebody deleted it; to end a task, cancel it, or delete its AgentRun',
};

function stateByPod(facts: RunFacts, pod: PodFacts): RunState {
  for (const phase of phases) {
    const fact = pod.containers[phase];
    if (fact.kind !== 'ended') return isDead(facts, pod) ? cutShort(facts, pod) : alive(facts, pod, phase);
    const { outcome } = phaseEndOf(phase, fact);
    const isLast = phase === 'publish' || outcome?.status !== 'completed' || outcome.reason !== undefined;
    if (!isLast) continue;
    if (!isDead(facts, pod)) return { kind: 'running', phase };
    const cause = causeOf(facts, pod);
    return { kind: 'ended', outcome: isDoubtful(fact, outcome) ? (cause ?? outcome) : (outcome ?? cause) };
  }
  throw new Error('publish is the last phase and always ends a run');
}

/**
 * It failed after a signal had asked it to end, which reaches all its programs at once: the phase may take the end of
 * one for a failure of its own. A signal that comes before a container listens ends it without a word.
 */
function isDoubtful({ end, code }: EndedContainer, outcome: PhaseOutcome | undefined): boolean {
  if (outcome?.status !== 'failed' || outcome.reason === 'OutOfMemory') return false;
  return end ? end.stopped === true : code > endedBySignal;
}

/** Nothing of it is alive, and nothing will begin. */
function isDead({ isPodGone }: RunFacts, pod: PodFacts): boolean {
  if (isPodGone || pod.isOver) return true;
  const facts = Object.values(pod.containers);
  return facts.some((fact) => fact.kind === 'ended' && fact.code !== 0) && !facts.some(isRunning);
}

function isRunning({ kind }: { readonly kind: string }): boolean {
  return kind === 'running';
}

function alive({ publish, isPermitted }: RunFacts, pod: PodFacts, phase: Phase): RunState {
  if (phase !== 'publish') return { kind: 'running', phase };
  if (publish === 'running') return { kind: 'running', phase };
  // Until it says that it waits, the run is on its way there.
  if (publish === undefined || pod.containers.publish.kind !== 'running')
    return { kind: 'running', phase: 'agent' };
  return isPermitted ? { kind: 'running', phase } : { kind: 'waiting', phase };
}

/** Ended before one of its phases could say how it went. */
function cutShort(facts: RunFacts, pod: PodFacts): RunState {
  return { kind: 'ended', outcome: causeOf(facts, pod) };
}

/** Why nobody tells how it ended; undefined when it was stopped, or when nothing says why. */
function causeOf({ job, isPodGone }: RunFacts, pod: PodFacts): PhaseOutcome | undefined {
  if (job?.verdict) return job.verdict;
  if (job?.isStopped) return undefined;
  if (pod.reason === 'Evicted') return evicted(pod.message);
  if (!job) return vanished;
  if (pod.disruption !== undefined) return disrupted(pod.disruption);
  if (isPodGone) return disrupted('its pod was deleted');
  // The kubelet refused to run it.
  if (pod.isOver && pod.reason !== '') return disrupted(`${pod.reason}: ${pod.message}`);
  return undefined;
}

function evicted(message: string): PhaseOutcome {
  const isOwnDoing =
    /exceeds the limit|exceeds the total limit|exceeded its local ephemeral storage limit/.test(message);
  if (!isOwnDoing) return disrupted(`its node evicted it: ${message.trim().replace(/\.$/, '')}`);
  return {
    status: 'failed',
    reason: 'OutOfDisk',
    message: `it wrote more than it may: ${message.trim()} Raise "kubernetes.storage" or the limit of ephemeral-storage in the worker's configuration`,
  };
}

function disrupted(words: string): PhaseOutcome {
  const message = `the run was ended from outside: ${words}; another attempt needs nothing changed`;
  return { status: 'failed', reason: 'Disrupted', message };
}

/** What the agent told at its end, else what it told last; nothing where the outcome tells it. */
function usageOf({ pod, usage }: RunFacts, state: RunState): Usage | undefined {
  if (state.kind === 'running') return state.phase === 'agent' ? usage : undefined;
  if (state.kind === 'ended' && state.outcome?.usage !== undefined) return undefined;
  const agent = pod?.containers.agent;
  const end = agent?.kind === 'ended' ? agent.end : undefined;
  return end?.outcome?.usage ?? end?.usage ?? usage;
}
