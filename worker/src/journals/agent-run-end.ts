import type { Outcome } from '@verve/contract';

import type { JournalEntry } from '../journal.ts';
import type { StatusChange } from '../kubernetes/agent-run.ts';
import type { ConditionChange } from '../kubernetes/conditions.ts';

const phaseOf = {
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
} as const satisfies Record<Outcome['status'], string>;

const lost = { reason: 'Lost', message: 'the server gave the attempt up' };

/** What people are told once a run has its outcome, which the server has not taken yet. */
export function outcomeChange(outcome: Outcome): StatusChange {
  const drained = { reason: 'LogsDrained', message: `the server has ${outcome.lastSeq} chunks of the log` };
  return { conditions: [{ type: 'LogsDrained', status: 'True', ...drained }, publishedBy(outcome)] };
}

/** What people are told at the end; without an outcome the attempt was lost. */
export function endChange(entry: JournalEntry | undefined, nowMs: number): StatusChange {
  const { outcome, claimedAtMs } = entry ?? {};
  const { reason, message = '' } = outcome ?? lost;
  const duration = claimedAtMs === undefined ? {} : { duration: durationOf(nowMs - claimedAtMs) };
  return {
    phase: outcome ? phaseOf[outcome.status] : 'Lost',
    reason,
    message: message === '' ? null : message,
    ...(outcome && resultOf(outcome)),
    endedAt: new Date(nowMs).toISOString(),
    ...duration,
    conditions: [{ type: 'Complete', status: 'True', reason, message }],
  };
}

function publishedBy({ reason, message = '', branch = '', pullRequestUrl }: Outcome): ConditionChange {
  const type = 'Published';
  if (reason === 'PullRequestOpened') return { type, status: 'True', reason, message: pullRequestUrl ?? '' };
  if (reason === 'BranchPushed') return { type, status: 'True', reason, message: `pushed ${branch}` };
  return { type, status: 'False', reason, message };
}

function resultOf({ branch, commit, pullRequestUrl, usage }: Outcome): StatusChange {
  return {
    ...(branch !== undefined && { branch }),
    ...(commit !== undefined && { commit }),
    ...(pullRequestUrl !== undefined && { pullRequestUrl }),
    ...(usage && { usage }),
  };
}

/** As `4m12s`; of a clock that was set back, nothing below zero. */
function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ''}${seconds >= 60 ? `${minutes}m` : ''}${seconds % 60}s`;
}
