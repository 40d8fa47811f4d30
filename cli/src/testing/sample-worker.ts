import type { Worker } from '@verve/contract';

import { projectId, workerId } from './samples.ts';

/** A connected worker, changed as a test wants it. */
export function sampleWorker(change: Partial<Worker> = {}): Worker {
  return {
    id: workerId,
    projectId,
    name: 'trial',
    version: '0.1.0',
    executor: 'process',
    capacity: 2,
    labels: {},
    paused: false,
    isConnected: true,
    running: 1,
    registeredAt: '2026-01-31T11:00:00.000Z',
    lastSeenAt: '2026-01-31T11:59:58.000Z',
    ...change,
  };
}
