import { systemClock } from '../../clock.ts';
import type { QueueStore } from '../queue-store.ts';
import type { Database } from '../sql/database.ts';
import { expiredLeases, noteSweep, readDepth } from '../sql/leases.ts';
import { createWatermarks } from '../sql/watermarks.ts';
import { claimTasks } from './queue-claim.ts';
import { renewLeases, takeCancels } from './queue-leases.ts';

/** The queue in SQLite: each call is one transaction, and there is only one at a time. */
export function createSqliteQueueStore(database: Database, clock = systemClock): QueueStore {
  const watermarks = createWatermarks(clock);
  return {
    claim: (request) => watermarks.learn(request, (watermark) => claimTasks(database, request, watermark)),
    forgetWatermarks: () => watermarks.forget(),
    noteNewTask: (id) => watermarks.noteNewTask(id),
    renewLeases: (renewal) => renewLeases(database, renewal),
    noteSweep: (nowMs) => noteSweep(database, nowMs),
    expiredLeases: (query) => expiredLeases(database, query),
    takeCancels: (workerIds) => takeCancels(database, workerIds),
    depth: (projectId) => readDepth(database, projectId),
  };
}
