import { retryRuleOf, type RetryRule, type Usage } from '@verve/contract';

import type { AttemptRecord, PhaseRecord, TaskRecord } from '../storage/records.ts';
import type { TaskChange } from '../storage/task-store.ts';
import { sentenceOf } from './sentences.ts';
import { replaceUsage } from './usage.ts';

/** How a running attempt ends. */
export interface AttemptEnd {
  readonly status: 'completed' | 'failed' | 'canceled' | 'lost';
  readonly reason: string;
  readonly message?: string | undefined;
  readonly now: number;
  /** What the model host asked to wait. */
  readonly retryAfterSeconds?: number | undefined;
  readonly usage?: Usage | undefined;
  readonly outcomeHash?: string | undefined;
}

type TaskFields = NonNullable<TaskChange['task']>;

/** The longest wait for a model host that does not say how long. */
const longestBackoffSeconds = 1_800;

/**
 * What becomes of a task and its running attempt when that ends: the one place that applies the retry rules.
 * A completed attempt completes the task even when a cancel was asked for; with such a cancel every other end is
 * `canceled`.
 */
export function decideEnd(task: TaskRecord, attempt: AttemptRecord, given: AttemptEnd): TaskChange {
  const end = asCanceled(task, { ...given, message: given.message || sentenceOf(given.reason) });
  return {
    task: {
      phase: undefined,
      waiting: undefined,
      ...(end.usage && { usage: replaceUsage(task.usage, attempt.usage, end.usage) }),
      ...nextOf(task, end),
    },
    attempt: {
      status: end.status,
      reason: end.reason,
      message: end.message,
      finishedAt: end.now,
      phases: closePhases(attempt.phases, end.now),
      publishUntil: undefined,
      ...(end.usage && { usage: replaceUsage(undefined, undefined, { ...attempt.usage, ...end.usage }) }),
      ...(end.outcomeHash !== undefined && { outcomeHash: end.outcomeHash }),
    },
  };
}

/** Ends the phase that is open, if one is. */
export function closePhases(phases: readonly PhaseRecord[], now: number): readonly PhaseRecord[] {
  return phases.map((phase) => (phase.finishedAt === undefined ? { ...phase, finishedAt: now } : phase));
}

function asCanceled(task: TaskRecord, end: AttemptEnd): AttemptEnd {
  if (task.cancelRequestedAt === undefined || end.status === 'completed') return end;
  return {
    ...end,
    status: 'canceled',
    reason: 'Canceled',
    message: task.cancelReason ?? sentenceOf('Canceled'),
  };
}

function nextOf(task: TaskRecord, end: AttemptEnd): TaskFields {
  if (end.status === 'completed') return ended('completed', end);
  const rule = end.status === 'canceled' ? { kind: 'canceled' as const } : retryRuleOf(end.reason);
  switch (rule.kind) {
    case 'canceled':
      return ended('canceled', end);
    case 'counted':
      return afterCounted(task, end);
    case 'delayed':
      return afterInfrastructure(task, end, rule);
    case 'rateLimited':
      return afterRefusal(task, end, rule);
    // A failure that names a reason of success is not understood, so nothing is tried again.
    case 'completed':
    case 'never':
      return ended('failed', end);
    default:
      return rule satisfies never;
  }
}

function afterCounted(task: TaskRecord, end: AttemptEnd): TaskFields {
  const countedFailures = task.countedFailures + 1;
  const fields = countedFailures < task.allowedFailures ? requeued(end) : ended('failed', end);
  return { ...fields, countedFailures };
}

function afterInfrastructure(
  task: TaskRecord,
  end: AttemptEnd,
  rule: Extract<RetryRule, { kind: 'delayed' }>,
): TaskFields {
  const delaySeconds = rule.delaysSeconds[task.infrastructureRetries];
  if (delaySeconds === undefined) return ended('failed', withTries(end, rule.delaysSeconds.length));
  return { ...requeued(end, delaySeconds), infrastructureRetries: task.infrastructureRetries + 1 };
}

function afterRefusal(
  task: TaskRecord,
  end: AttemptEnd,
  rule: Extract<RetryRule, { kind: 'rateLimited' }>,
): TaskFields {
  if (task.modelRetries >= rule.maxRetries) return ended('failed', withTries(end, rule.maxRetries));
  const backoffSeconds = Math.min(rule.defaultSeconds * 2 ** task.modelRetries, longestBackoffSeconds);
  return {
    ...requeued(end, end.retryAfterSeconds ?? backoffSeconds),
    modelRetries: task.modelRetries + 1,
  };
}

function ended(status: 'completed' | 'failed' | 'canceled', end: AttemptEnd): TaskFields {
  return { status, reason: end.reason, message: end.message, finishedAt: end.now, notBefore: undefined };
}

/** Pending again; reason and message stay with it, so that a person sees why it waits. */
function requeued(end: AttemptEnd, delaySeconds = 0): TaskFields {
  return {
    status: 'pending',
    reason: end.reason,
    message: end.message,
    workerId: undefined,
    notBefore: delaySeconds > 0 ? end.now + delaySeconds * 1_000 : undefined,
  };
}

function withTries(end: AttemptEnd, retries: number): AttemptEnd {
  return { ...end, message: `${end.message} It was tried ${retries} times more without success.` };
}
