import { limits, nextStatus } from '@verve/contract';

import { conflictWith, invalid } from '../service-error.ts';
import type { TaskRecord } from '../storage/records.ts';
import type { TaskChange, TaskSnapshot } from '../storage/task-store.ts';

/**
 * Makes a failed or canceled task pending for one attempt more, whatever `maxAttempts` says, with fresh
 * infrastructure and model retries. Branch, commit and pull request stay: the next attempt builds on them. Throws
 * IllegalTransition in every other state, InvalidArgument when the description would become too long.
 */
export function decideRetry(
  { task }: TaskSnapshot,
  retry: { readonly instructions?: string | undefined },
): TaskChange {
  const status = nextStatus(task.status, 'retry');
  if (status === undefined) {
    throw conflictWith(
      { kind: 'IllegalTransition', status: task.status },
      `the task is ${task.status}; only a failed or canceled one can be tried again`,
    );
  }
  return {
    task: {
      status,
      description: describe(task, retry.instructions),
      allowedFailures: task.countedFailures + 1,
      infrastructureRetries: 0,
      modelRetries: 0,
      phase: undefined,
      waiting: undefined,
      reason: undefined,
      message: undefined,
      workerId: undefined,
      notBefore: undefined,
      cancelRequestedAt: undefined,
      cancelReason: undefined,
      finishedAt: undefined,
    },
  };
}

function describe(task: TaskRecord, instructions: string | undefined): string {
  if (instructions === undefined || instructions.trim() === '') return task.description;
  const description = `${task.description}\n\n---\n\nInstructions after attempt ${task.attempt}:\n\n${instructions}`;
  if (description.length > limits.descriptionLength) {
    const room = Math.max(0, limits.descriptionLength - (description.length - instructions.length));
    throw invalid('instructions', `must be at most ${room} characters: they are added to the description`);
  }
  return description;
}
