import type { AttemptRecord, TaskRecord } from '../storage/records.ts';
import type { TaskChange, TaskSnapshot } from '../storage/task-store.ts';
import { decideEnd } from './end.ts';

/** `expired`: nobody renewed the lease. `undelivered`: the claim never reached its worker. */
type TakeBackCause = 'expired' | 'undelivered';

/**
 * Takes a running attempt back. Changes nothing when it is over, was renewed meanwhile, or may be publishing. A claim
 * that its worker never acknowledged costs the task nothing but the attempt's number.
 */
export function decideTakeBack(
  { task, attempt }: TaskSnapshot,
  { now, cause }: { readonly now: number; readonly cause: TakeBackCause },
): TaskChange {
  if (attempt?.status !== 'running' || task.status !== 'running') return {};
  if (!attempt.isAcknowledged) {
    return cause === 'undelivered' || attempt.leaseUntil <= now ? unclaim(task, attempt, now) : {};
  }
  if (cause === 'undelivered') return {};
  if (attempt.leaseUntil > now || (attempt.publishUntil ?? 0) > now) return {};
  return decideEnd(task, attempt, { status: 'lost', reason: 'WorkerLost', now });
}

function unclaim(task: TaskRecord, attempt: AttemptRecord, now: number): TaskChange {
  const end = {
    status: 'lost',
    reason: 'WorkerLost',
    message: 'The worker did not take the claim; nothing was run.',
    now,
  } as const;
  const change = decideEnd(task, attempt, end);
  if (task.cancelRequestedAt !== undefined) return change;
  return {
    attempt: change.attempt ?? {},
    task: {
      status: 'pending',
      workerId: undefined,
      notBefore: undefined,
      phase: undefined,
      waiting: undefined,
    },
  };
}
