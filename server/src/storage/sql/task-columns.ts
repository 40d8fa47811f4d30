import { isDeepStrictEqual } from 'node:util';

import type { Updateable } from 'kysely';

import type { AttemptRecord, TaskRecord } from '../records.ts';
import type { TaskChange } from '../task-store.ts';
import type { AttemptTable, TaskTable } from './schema.ts';

type TaskField = keyof NonNullable<TaskChange['task']>;
type AttemptField = keyof NonNullable<TaskChange['attempt']>;

const taskFields = {
  title: 'title',
  description: 'description',
  repository: 'repository',
  baseBranch: 'base_branch',
  agent: 'agent',
  model: 'model',
  priority: 'priority',
  labels: 'labels',
  requires: 'requires',
  status: 'status',
  phase: 'phase',
  waiting: 'waiting',
  reason: 'reason',
  message: 'message',
  maxAttempts: 'max_attempts',
  timeoutSeconds: 'timeout_seconds',
  workerId: 'worker_id',
  notBefore: 'not_before',
  cancelRequestedAt: 'cancel_requested_at',
  cancelReason: 'cancel_reason',
  branch: 'branch',
  commit: 'commit_id',
  pullRequestUrl: 'pull_request_url',
  usage: 'usage',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  countedFailures: 'counted_failures',
  allowedFailures: 'allowed_failures',
  infrastructureRetries: 'infrastructure_retries',
  modelRetries: 'model_retries',
} as const satisfies Record<TaskField, keyof TaskTable>;

const attemptFields = {
  status: 'status',
  reason: 'reason',
  message: 'message',
  finishedAt: 'finished_at',
  phases: 'phases',
  leaseUntil: 'lease_until',
  isAcknowledged: 'is_acknowledged',
  publishUntil: 'publish_until',
  usage: 'usage',
  outcomeHash: 'outcome_hash',
} as const satisfies Record<AttemptField, keyof AttemptTable>;

/** The columns that differ from `now` when these fields are set; undefined: none does. */
export function changedTaskColumns(
  now: Partial<TaskRecord>,
  fields: TaskChange['task'],
): Updateable<TaskTable> | undefined {
  return changedColumns(taskFields, now, fields ?? {});
}

/** As `changedTaskColumns`, of an attempt. */
export function changedAttemptColumns(
  now: Partial<AttemptRecord>,
  fields: TaskChange['attempt'],
): Updateable<AttemptTable> | undefined {
  return changedColumns(attemptFields, now, fields ?? {});
}

function changedColumns(
  columns: Readonly<Record<string, string>>,
  now: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
): object | undefined {
  const changed = Object.entries(columns).filter(
    ([field]) => Object.hasOwn(fields, field) && !isDeepStrictEqual(fields[field], now[field]),
  );
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map(([field, column]) => [column, toColumn(fields[field])]));
}

function toColumn(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
