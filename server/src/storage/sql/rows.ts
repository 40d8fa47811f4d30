import type { Labels } from '@verve/contract';
import type { Selectable } from 'kysely';

import type { KeyRecord, ProjectRecord, WorkerRecord } from '../records.ts';
import type { KeyTable, ProjectTable, WorkerTable } from './schema.ts';

/** Null, which only SQL knows, is absence. */
export function absent<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

/** JSON comes parsed from Postgres and as text from SQLite; only objects and arrays are stored so. */
export function fromJson(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/** As `fromJson`, of a column that may be empty. */
export function absentJson(value: unknown): unknown {
  return value === null ? undefined : fromJson(value);
}

/** For a column that may be empty. */
export function toNullableJson(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** A project as the ports tell it. */
export function toProject(row: Selectable<ProjectTable>): ProjectRecord {
  return {
    id: row.id,
    name: row.name,
    repository: absent(row.repository),
    baseBranch: absent(row.base_branch),
    agent: absent(row.agent),
    createdAt: row.created_at,
  };
}

/** A key as the ports tell it. */
export function toKey(row: Selectable<KeyTable>): KeyRecord {
  return {
    id: row.id,
    projectId: absent(row.project_id),
    role: row.role,
    name: row.name,
    hash: row.hash,
    createdAt: row.created_at,
    expiresAt: absent(row.expires_at),
  };
}

/** A worker as the ports tell it; `running` is counted by the query. */
export function toWorker(row: Selectable<WorkerTable> & { running: number }): WorkerRecord {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    version: row.version,
    executor: row.executor,
    capacity: row.capacity,
    instance: absent(row.instance),
    labels: fromJson(row.labels) as Labels,
    agents: absentJson(row.agents) as string[] | undefined,
    repositories: absentJson(row.repositories) as string[] | undefined,
    paused: Boolean(row.paused),
    isConnected: Boolean(row.is_connected),
    running: row.running,
    registeredAt: row.registered_at,
    lastSeenAt: row.last_seen_at,
  };
}
