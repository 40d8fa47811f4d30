import { phases, type Phase, type Progress, type ProgressAnswer } from '@verve/contract';

import type { AttemptRecord, PhaseRecord, TaskRecord } from '../storage/records.ts';
import type { TaskChange, TaskSnapshot } from '../storage/task-store.ts';
import { closePhases } from './end.ts';
import { attemptOf, superseded } from './held-attempt.ts';
import { replaceUsage } from './usage.ts';

interface Times {
  readonly now: number;
  readonly leaseMs: number;
  readonly publishMs: number;
}

/**
 * Acknowledges the attempt, renews its lease and takes over what the worker tells of it. For `publish` it grants the
 * permit, unless a cancel was asked for. What is told again changes the lease alone, which followers do not see.
 * Throws Superseded when the attempt is over, NotFound when there is none.
 */
export function decideProgress(
  snapshot: TaskSnapshot,
  progress: Progress,
  times: Times,
): { change: TaskChange; answer: ProgressAnswer } {
  const attempt = attemptOf(snapshot);
  if (attempt.status !== 'running') throw superseded(snapshot, attempt);

  const { task } = snapshot;
  const grantsPermit = progress.phase === 'publish' && task.cancelRequestedAt === undefined;
  const news = newsOf(task, attempt, progress);
  const newPhases = enterPhase(attempt.phases, progress.phase, times.now);
  return {
    change: {
      ...(Object.keys(news).length > 0 && { task: news }),
      attempt: {
        isAcknowledged: true,
        leaseUntil: Math.max(attempt.leaseUntil, times.now + times.leaseMs),
        ...(newPhases !== attempt.phases && { phases: newPhases }),
        ...(grantsPermit && { publishUntil: times.now + times.publishMs }),
        ...(progress.usage && { usage: { ...attempt.usage, ...progress.usage } }),
      },
    },
    answer: grantsPermit ? { publishSeconds: times.publishMs / 1_000 } : {},
  };
}

function newsOf(task: TaskRecord, attempt: AttemptRecord, told: Progress): NonNullable<TaskChange['task']> {
  const usage = told.usage && replaceUsage(task.usage, attempt.usage, told.usage);
  const isBehind = task.phase !== undefined && order(told.phase) < order(task.phase);
  return {
    ...(told.phase !== task.phase && !isBehind && { phase: told.phase }),
    ...(told.waiting !== task.waiting && !isBehind && { waiting: told.waiting }),
    ...(usage && JSON.stringify(usage) !== JSON.stringify(task.usage) && { usage }),
  };
}

/** Phases only go forward: a call that was overtaken by a later one opens nothing. */
function enterPhase(entered: readonly PhaseRecord[], phase: Phase, now: number): readonly PhaseRecord[] {
  const last = entered.at(-1);
  if (last !== undefined && order(phase) <= order(last.phase)) return entered;
  return [...closePhases(entered, now), { phase, startedAt: now }];
}

function order(phase: Phase): number {
  return phases.indexOf(phase);
}
