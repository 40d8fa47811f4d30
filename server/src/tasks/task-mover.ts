import type { Logger } from 'pino';

import type { Meters } from '../meters.ts';
import type { TaskRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';
import type { TaskChange, TaskRef, TaskSnapshot } from '../storage/task-store.ts';

/** Moves tasks and tells the operator of it. */
export interface TaskMover {
  /**
   * `TaskStore.change`, followed by what a change entails: those who wait for it are hinted, and a move is one log
   * line and one count. Errors pass through.
   */
  change(ref: TaskRef, decide: (snapshot: TaskSnapshot) => TaskChange): Promise<TaskRecord | undefined>;
}

/** Makes the mover that routes, dispatcher and sweep share. */
export function createTaskMover(parts: {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly meters: Meters;
}): TaskMover {
  const { storage, meters } = parts;
  const logger = parts.logger.child({ component: 'tasks' });

  return {
    change: async (ref, decide) => {
      let decided: TaskChange = {};
      const task = await storage.tasks.change(ref, (snapshot) => (decided = decide(snapshot)));
      if (task && decided.task) {
        hint(decided.task, task);
        if (decided.task.status !== undefined) tell(task, decided.attempt?.reason);
      }
      return task;
    },
  };

  function hint(changed: NonNullable<TaskChange['task']>, task: TaskRecord): void {
    const { hints, queue } = storage;
    if (changed.status === 'pending') {
      queue.forgetWatermarks();
      hints.notify('queue');
    }
    if (changed.cancelRequestedAt !== undefined && task.status === 'running') hints.notify('cancels');
    // A log is complete once its task has ended.
    if (changed.status !== undefined) hints.notify('logs');
    hints.notify('changes');
  }

  /** `attemptReason`: why the attempt before ended; undefined when a person moved the task. */
  function tell(task: TaskRecord, attemptReason: string | undefined): void {
    const { id: taskId, attempt, status, reason } = task;
    if (status === 'completed' || status === 'failed' || status === 'canceled') {
      logger.info({ taskId, attempt, status, reason }, 'task ended');
      meters.taskEnded(status, reason ?? 'Unknown');
    } else if (attemptReason === undefined) {
      logger.info({ taskId, attempt }, 'task retried');
    } else {
      const { notBefore } = task;
      logger.info({ taskId, attempt, reason: attemptReason, notBefore }, 'task requeued');
      meters.taskRequeued(attemptReason);
    }
  }
}
