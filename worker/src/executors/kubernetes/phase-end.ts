import { lastWords, phaseFailures, type Phase, type PhaseOutcome } from '@verve/contract';

import { believable } from '../../phase-outcome.ts';
import type { ContainerFact } from './pod-facts.ts';

/** What a pod says of a container that has ended. */
export type EndedContainer = ContainerFact & { readonly kind: 'ended' };

/** SIGKILL, as shells and runtimes tell it. */
const killed = 137;
/** The runtime could not start the program. */
const startFailures = new Set(['StartError', 'ContainerCannotRun', 'CreateContainerError']);

/**
 * How a phase ended by its container; `outcome` is undefined when it was stopped, or ended from outside before it could
 * tell. A phase after which the next one begins is `completed` without a reason.
 */
export function phaseEndOf(
  phase: Phase,
  fact: EndedContainer,
): { readonly outcome: PhaseOutcome | undefined } {
  const { end, code, reason } = fact;
  const outcome = end?.outcome && believable(phase, end.outcome);
  // The last phase has done its work, whatever was killed within it; after another one the kubelet starts nothing.
  if (phase === 'publish' && code === 0 && outcome?.status === 'completed') return { outcome };
  if (reason === 'OOMKilled' || end?.outOfMemory) return { outcome: outOfMemory(phase, fact) };
  if (outcome && outcome.status !== 'canceled') return { outcome };
  if (outcome || end?.stopped) return { outcome: undefined };
  if (end?.overdue) return failed('PublishFailed', 'publish did not end within the time granted');
  if (end) return { outcome: crashOf(phase, end.exit) };
  if (startFailures.has(reason)) return failed('ConfigInvalid', startWords(phase, fact));
  if (code === killed) return { outcome: undefined };
  const message = `the container of ${phase} ended with exit code ${code} and told nothing${quoted(fact.message)}`;
  return failed(phaseFailures[phase], message);
}

function failed(reason: string, message: string): { readonly outcome: PhaseOutcome } {
  return { outcome: { status: 'failed', reason, message } };
}

function outOfMemory(phase: Phase, { end, code }: EndedContainer): PhaseOutcome {
  const usage = end?.outcome?.usage ?? end?.usage;
  const how = code === 0 ? 'a program in it was killed' : 'it was killed';
  return {
    status: 'failed',
    reason: 'OutOfMemory',
    message: `${phase} needed more memory than it may have, and ${how} (OOMKilled); raise "kubernetes.resources.${phase}.limits.memory" in the worker's configuration`,
    ...(usage && { usage }),
  };
}

type Exit = NonNullable<EndedContainer['end']>['exit'];

/** The agent may end its own runner; the others are ended from outside alone, and may well succeed the next time. */
function crashOf(phase: Phase, exit: Exit): PhaseOutcome {
  if (exit && 'error' in exit) {
    const message = `cannot start the agent program: ${exit.error}`;
    return { status: 'failed', reason: 'ConfigInvalid', message };
  }
  if (exit && 'signal' in exit && phase !== 'agent') {
    const message = `${phase} was ended by ${exit.signal}, from outside`;
    return { status: 'failed', reason: 'Disrupted', message };
  }
  const how = exit === undefined ? 'no exit code' : 'signal' in exit ? exit.signal : `exit code ${exit.code}`;
  const message = `${phase} ended with ${how} and left no outcome; its log may tell why`;
  return { status: 'failed', reason: phaseFailures[phase], message };
}

function startWords(phase: Phase, { message }: EndedContainer): string {
  const remedy =
    phase === 'agent'
      ? 'the image of the agent has to be made as docs/agent-image.md says'
      : 'check its image';
  return `the container of ${phase} cannot start: ${message}; ${remedy}`;
}

function quoted(message: string): string {
  return message === '' ? '' : `: ${lastWords(message, 500)}`;
}
