import type { Outcome } from '@verve/contract';

import { conflictWith } from '../service-error.ts';
import type { TaskChange, TaskSnapshot } from '../storage/task-store.ts';
import { decideEnd } from './end.ts';
import { attemptOf, superseded } from './held-attempt.ts';

/**
 * Ends an attempt with its outcome. An equal repeat changes nothing, also after a newer attempt began. Throws
 * Superseded for any other outcome of an attempt that is over, Hole when chunks of its log are missing, NotFound
 * when there is no such attempt.
 */
export function decideComplete(
  snapshot: TaskSnapshot,
  outcome: Outcome,
  at: { readonly now: number; readonly outcomeHash: string },
): TaskChange {
  const attempt = attemptOf(snapshot);
  if (attempt.status !== 'running') {
    if (attempt.outcomeHash === at.outcomeHash) return {};
    throw superseded(snapshot, attempt);
  }
  if (outcome.lastSeq > snapshot.lastSeq) {
    throw conflictWith(
      { kind: 'Hole', expectedSeq: snapshot.lastSeq + 1 },
      `the log ends at chunk ${snapshot.lastSeq}; send the chunks up to ${outcome.lastSeq} first`,
    );
  }

  const { branch, commit, pullRequestUrl } = outcome;
  const change = decideEnd(snapshot.task, attempt, { ...outcome, ...at });
  return {
    ...change,
    task: {
      ...change.task,
      ...(branch !== undefined && { branch }),
      ...(commit !== undefined && { commit }),
      ...(pullRequestUrl !== undefined && { pullRequestUrl }),
    },
  };
}
