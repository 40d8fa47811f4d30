import type { Logger } from 'pino';

import type { Meters } from '../meters.ts';
import type { TaskRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';
import type { TaskChange, TaskRef, TaskSnapshot } from '../storage/task-store.ts';

/** Moves tasks and tells the operator of it. */
export interface TaskMover {
  /**
   * `TaskStore.change`, followed by what a move entails: a task that became pending is looked for by the next claim,
   * and each move is one log line and one count. Errors pass through.
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
      if (task && decided.task?.status !== undefined) announce(task, decided);
      return task;
    },
  };

  function announce(task: TaskRecord, decided: TaskChange): void {
    const { id: taskId, attempt, status } = task;
    if (decided.task?.status === 'pending') {
      storage.queue.forgetWatermarks();
      storage.hints.notify('queue');
      const reason = decided.attempt?.reason ?? 'Retried';
      logger.info({ taskId, attempt, reason, notBefore: task.notBefore }, 'task requeued');
      meters.taskRequeued(reason);
      return;
    }
    if (status === 'completed' || status === 'failed' || status === 'canceled') {
      logger.info({ taskId, attempt, status, reason: task.reason }, 'task ended');
      meters.taskEnded(status, task.reason ?? 'Unknown');
    }
  }
}
