import type { Storage } from '../storage/storage.ts';

/** Tells those who wait that there is a new task; of moves the mover tells. To be called after the commit. */
export function announceNew({ hints, queue }: Pick<Storage, 'hints' | 'queue'>): void {
  queue.forgetWatermarks();
  hints.notify('queue');
  hints.notify('changes');
}
