import type { V1Job } from '@kubernetes/client-node';
import { phaseOutcome, type PhaseOutcome } from '@verve/contract';

import { annotations } from '../../kubernetes/run-objects.ts';
import type { JobFacts } from './run-state.ts';

/** Reads a Job. */
export function jobFactsOf({ metadata, status }: V1Job): JobFacts {
  const stopped = metadata?.annotations?.[annotations.stopped];
  const isOver = (status?.conditions ?? []).some(
    ({ type, status: is }) => is === 'True' && (type === 'Failed' || type === 'Complete'),
  );
  return { isStopped: stopped !== undefined, verdict: verdictOf(stopped), isOver };
}

/** Marks a Job: no phase begins any more, and `verdict` says why when it was not asked for. */
export function stoppedMark(verdict: PhaseOutcome | undefined): Record<string, string> {
  return { [annotations.stopped]: verdict ? JSON.stringify(verdict) : 'asked' };
}

function verdictOf(mark: string | undefined): PhaseOutcome | undefined {
  try {
    return phaseOutcome.parse(JSON.parse(mark ?? ''));
  } catch {
    return undefined;
  }
}
