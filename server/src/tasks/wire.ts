import type { Attempt, Task, Worker } from '@verve/contract';

import type { AttemptRecord, TaskRecord, WorkerRecord } from '../storage/records.ts';

/** A task as every caller sees it; `pendingWhy` is what it tells while it is pending. */
export function toWireTask(task: TaskRecord, pendingWhy?: string): Task {
  return {
    id: task.id,
    projectId: task.projectId,
    title: task.title,
    description: task.description,
    repository: task.repository,
    baseBranch: task.baseBranch,
    agent: task.agent,
    model: task.model,
    priority: task.priority,
    labels: task.labels,
    requires: task.requires,
    status: task.status,
    phase: task.phase,
    waiting: waitingOf(task, pendingWhy),
    reason: task.reason,
    message: task.message,
    attempt: task.attempt,
    maxAttempts: task.maxAttempts,
    timeoutSeconds: task.timeoutSeconds,
    workerId: task.workerId,
    notBefore: isoTime(task.notBefore),
    cancelRequestedAt: isoTime(task.cancelRequestedAt),
    branch: task.branch,
    commit: task.commit,
    pullRequestUrl: task.pullRequestUrl,
    usage: task.usage,
    createdBy: task.createdBy,
    createdAt: toIso(task.createdAt),
    startedAt: isoTime(task.startedAt),
    finishedAt: isoTime(task.finishedAt),
  };
}

/** An attempt as people see it. */
export function toWireAttempt(attempt: AttemptRecord): Attempt {
  return {
    attempt: attempt.attempt,
    status: attempt.status,
    reason: attempt.reason,
    message: attempt.message,
    workerId: attempt.workerId,
    startedAt: toIso(attempt.startedAt),
    finishedAt: isoTime(attempt.finishedAt),
    phases: attempt.phases.map((phase) => ({
      phase: phase.phase,
      startedAt: toIso(phase.startedAt),
      finishedAt: isoTime(phase.finishedAt),
    })),
  };
}

/** A worker as people see it. */
export function toWireWorker(worker: WorkerRecord): Worker {
  return {
    id: worker.id,
    projectId: worker.projectId,
    name: worker.name,
    version: worker.version,
    executor: worker.executor,
    capacity: worker.capacity,
    labels: worker.labels,
    agents: worker.agents && [...worker.agents],
    repositories: worker.repositories && [...worker.repositories],
    paused: worker.paused,
    isConnected: worker.isConnected,
    running: worker.running,
    registeredAt: toIso(worker.registeredAt),
    lastSeenAt: toIso(worker.lastSeenAt),
  };
}

function waitingOf(task: TaskRecord, pendingWhy: string | undefined): string | undefined {
  if (task.status === 'pending') return pendingWhy;
  if (task.status !== 'running') return undefined;
  return task.cancelRequestedAt === undefined ? task.waiting : 'for the worker to stop the run';
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toIso(ms);
}
