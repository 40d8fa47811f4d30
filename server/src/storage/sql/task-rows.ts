import type { Labels, Usage } from '@verve/contract';
import type { Selectable } from 'kysely';

import type { AttemptRecord, PhaseRecord, TaskRecord } from '../records.ts';
import { absent, absentJson, fromJson } from './rows.ts';
import type { AttemptTable, TaskTable } from './schema.ts';

/** The columns of a task's record. */
export const taskColumns = [
  'id',
  'project_id',
  'title',
  'description',
  'repository',
  'base_branch',
  'agent',
  'model',
  'priority',
  'labels',
  'requires',
  'status',
  'phase',
  'waiting',
  'reason',
  'message',
  'attempt',
  'max_attempts',
  'timeout_seconds',
  'worker_id',
  'not_before',
  'cancel_requested_at',
  'cancel_reason',
  'branch',
  'commit_id',
  'pull_request_url',
  'usage',
  'created_by',
  'created_at',
  'started_at',
  'finished_at',
  'counted_failures',
  'allowed_failures',
  'infrastructure_retries',
  'model_retries',
] as const satisfies readonly (keyof TaskTable)[];

/** A row with `taskColumns`. */
export type TaskRow = Pick<Selectable<TaskTable>, (typeof taskColumns)[number]>;

/** A row of an attempt. */
export type AttemptRow = Selectable<AttemptTable>;

/** A task as the ports tell it. */
export function toTask(row: TaskRow): TaskRecord {
  return {
    id: row.id,
    projectId: row.project_id,
    title: row.title,
    description: row.description,
    repository: row.repository,
    baseBranch: absent(row.base_branch),
    agent: absent(row.agent),
    model: absent(row.model),
    priority: row.priority,
    labels: fromJson(row.labels) as Labels,
    requires: fromJson(row.requires) as Labels,
    status: row.status,
    phase: absent(row.phase),
    waiting: absent(row.waiting),
    reason: absent(row.reason),
    message: absent(row.message),
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    timeoutSeconds: row.timeout_seconds,
    workerId: absent(row.worker_id),
    notBefore: absent(row.not_before),
    cancelRequestedAt: absent(row.cancel_requested_at),
    cancelReason: absent(row.cancel_reason),
    branch: absent(row.branch),
    commit: absent(row.commit_id),
    pullRequestUrl: absent(row.pull_request_url),
    usage: absentJson(row.usage) as Usage | undefined,
    createdBy: row.created_by,
    createdAt: row.created_at,
    startedAt: absent(row.started_at),
    finishedAt: absent(row.finished_at),
    countedFailures: row.counted_failures,
    allowedFailures: row.allowed_failures,
    infrastructureRetries: row.infrastructure_retries,
    modelRetries: row.model_retries,
  };
}

/** An attempt as the ports tell it. */
export function toAttempt(row: AttemptRow): AttemptRecord {
  return {
    taskId: row.task_id,
    attempt: row.attempt,
    status: row.status,
    reason: absent(row.reason),
    message: absent(row.message),
    workerId: row.worker_id,
    startedAt: row.started_at,
    finishedAt: absent(row.finished_at),
    phases: fromJson(row.phases) as PhaseRecord[],
    leaseUntil: row.lease_until,
    isAcknowledged: Boolean(row.is_acknowledged),
    publishUntil: absent(row.publish_until),
    usage: absentJson(row.usage) as Usage | undefined,
    outcomeHash: absent(row.outcome_hash),
  };
}
