import type { AttemptStatus, Phase, Role, TaskStatus } from '@verve/contract';
import type { ColumnType, Generated } from 'kysely';

/** JSON goes in as text and comes out parsed (Postgres) or as text (SQLite); `rows.ts` reads both. */
type Json = ColumnType<unknown, string, string>;
type NullableJson = ColumnType<unknown, string | null, string | null>;
/** Booleans come out as 0 and 1 in SQLite. */
type Flag = ColumnType<boolean | number, boolean | undefined, boolean>;
/** The change feed's order: xid8 as text in Postgres, a rising number in SQLite. */
type Changed = ColumnType<string | number, number | undefined, unknown>;

export interface ProjectTable {
  id: string;
  name: string;
  repository: string | null;
  base_branch: string | null;
  agent: string | null;
  created_at: number;
}

export interface KeyTable {
  id: string;
  project_id: string | null;
  role: Role;
  name: string;
  hash: string;
  created_at: number;
  expires_at: number | null;
}

interface SessionTable {
  hash: string;
  key_id: string;
  created_at: number;
  expires_at: number;
}

export interface WorkerTable {
  id: string;
  project_id: string;
  name: string;
  version: string;
  executor: string;
  capacity: number;
  instance: string | null;
  labels: Json;
  agents: NullableJson;
  repositories: NullableJson;
  paused: Flag;
  is_connected: Flag;
  registered_at: number;
  last_seen_at: number;
  changed: Changed;
}

export interface TaskTable {
  id: string;
  project_id: string;
  title: string;
  description: string;
  repository: string;
  base_branch: string | null;
  agent: string | null;
  model: string | null;
  priority: number;
  labels: Json;
  requires: Json;
  status: Generated<TaskStatus>;
  phase: Phase | null;
  waiting: string | null;
  reason: string | null;
  message: string | null;
  attempt: Generated<number>;
  max_attempts: number;
  timeout_seconds: number;
  worker_id: string | null;
  not_before: number | null;
  cancel_requested_at: number | null;
  cancel_reason: string | null;
  branch: string | null;
  commit_id: string | null;
  pull_request_url: string | null;
  usage: NullableJson;
  created_by: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  counted_failures: Generated<number>;
  allowed_failures: number;
  infrastructure_retries: Generated<number>;
  model_retries: Generated<number>;
  idempotency_key: string | null;
  idempotency_hash: string | null;
  is_log_pruned: Flag;
  changed: Changed;
}

export interface AttemptTable {
  task_id: string;
  attempt: number;
  status: Generated<AttemptStatus>;
  reason: string | null;
  message: string | null;
  worker_id: string;
  started_at: number;
  finished_at: number | null;
  phases: ColumnType<unknown, string | undefined, string>;
  lease_until: number;
  is_acknowledged: Flag;
  publish_until: number | null;
  is_cancel_reported: Flag;
  usage: NullableJson;
  outcome_hash: string | null;
}

export interface ChunkTable {
  task_id: string;
  attempt: number;
  seq: number;
  phase: Phase | null;
  cursor: string | null;
  at: string;
  streams: string;
  lines: string;
  bytes: number;
  created_at: number;
}

interface SweepTable {
  id: number;
  swept_at: number;
}

/** The tables of both databases. */
export interface Schema {
  projects: ProjectTable;
  keys: KeyTable;
  sessions: SessionTable;
  workers: WorkerTable;
  tasks: TaskTable;
  attempts: AttemptTable;
  chunks: ChunkTable;
  sweeps: SweepTable;
}
