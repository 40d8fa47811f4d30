import type { AttemptRecord, TaskRecord, WorkerRecord } from '../storage/records.ts';
import type { TaskSnapshot } from '../storage/task-store.ts';

/** A task that worker `wrk_1` runs. */
export function taskRecord(fields: Partial<TaskRecord> = {}): TaskRecord {
  return {
    id: 'tsk_1',
    projectId: 'prj_1',
    title: 'Mend it',
    description: 'Mend it.',
    repository: 'https://git.example/acme/app.git',
    priority: 0,
    labels: {},
    requires: {},
    status: 'running',
    attempt: 1,
    maxAttempts: 1,
    timeoutSeconds: 3_600,
    workerId: 'wrk_1',
    createdBy: 'someone',
    createdAt: 0,
    countedFailures: 0,
    allowedFailures: 1,
    infrastructureRetries: 0,
    modelRetries: 0,
    ...fields,
  };
}

/** The running attempt of such a task, acknowledged, with a lease until 10,000. */
export function attemptRecord(fields: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    taskId: 'tsk_1',
    attempt: 1,
    status: 'running',
    workerId: 'wrk_1',
    startedAt: 0,
    phases: [],
    leaseUntil: 10_000,
    isAcknowledged: true,
    ...fields,
  };
}

/** Both, with a log of three chunks. */
export function snapshotOf(
  task: Partial<TaskRecord> = {},
  attempt: Partial<AttemptRecord> = {},
): TaskSnapshot {
  return { task: taskRecord(task), attempt: attemptRecord(attempt), lastSeq: 3 };
}

/** A connected worker with room. */
export function workerRecord(fields: Partial<WorkerRecord> = {}): WorkerRecord {
  return {
    id: 'wrk_1',
    projectId: 'prj_1',
    name: 'one',
    version: '1.0.0',
    executor: 'process',
    capacity: 4,
    labels: {},
    paused: false,
    isConnected: true,
    running: 0,
    registeredAt: 0,
    lastSeenAt: 0,
    ...fields,
  };
}
