import type { Storage } from '../storage/storage.ts';

/** Tells those who wait that there is a new task; of moves the mover tells. To be called after the commit. */
export function announceNew({ hints, queue }: Pick<Storage, 'hints' | 'queue'>, taskId: string): void {
  queue.noteNewTask(taskId);
  hints.notify('queue');
  hints.notify('changes');
}
