import type { Stats } from '@verve/contract';

import type { KeyRecord, ProjectRecord, SessionRecord, WorkerRecord } from './records.ts';

/** What a worker says of itself. */
export type WorkerRegistration = Pick<
  WorkerRecord,
  | 'projectId'
  | 'name'
  | 'version'
  | 'executor'
  | 'capacity'
  | 'instance'
  | 'labels'
  | 'agents'
  | 'repositories'
>;

/**
 * `created`: the name is new. `known`: its record was renewed and keeps its id. `taken`: another instance under this
 * name was seen at `aliveSinceMs` or later; nothing changed.
 */
export type RegisterResult =
  | { readonly kind: 'created' | 'known'; readonly worker: WorkerRecord }
  | { readonly kind: 'taken' };

/** Workers. Throws StorageUnavailable as TaskStore does; so do the stores below. */
export interface WorkerStore {
  /** Makes or renews the record of this project's worker of this name, in one step; `newId` is used when it is new. */
  register(
    registration: WorkerRegistration,
    at: { readonly newId: string; readonly nowMs: number; readonly aliveSinceMs: number },
  ): Promise<RegisterResult>;
  find(id: string, projectId?: string): Promise<WorkerRecord | undefined>;
  /** By name. */
  list(projectId?: string): Promise<WorkerRecord[]>;
  /** Undefined: no such worker. */
  setPaused(id: string, paused: boolean): Promise<WorkerRecord | undefined>;
  /** Marks workers not seen since as disconnected; returns how many changed. */
  markDisconnected(notSeenSinceMs: number): Promise<number>;
}

/** Projects. */
export interface ProjectStore {
  /** Throws NameTaken. */
  create(project: ProjectRecord): Promise<void>;
  find(id: string): Promise<ProjectRecord | undefined>;
  findByName(name: string): Promise<ProjectRecord | undefined>;
  /** By creation. */
  list(): Promise<ProjectRecord[]>;
  /** Replaces name and defaults. Throws NameTaken; undefined: no such project. */
  update(project: ProjectRecord): Promise<ProjectRecord | undefined>;
}

/** Keys by the hash of what is presented. */
export interface KeyStore {
  /** Throws NameTaken when the hash is there already. */
  create(key: KeyRecord): Promise<void>;
  findByHash(hash: string): Promise<KeyRecord | undefined>;
  /** By creation; without `projectId` all. */
  list(projectId?: string): Promise<KeyRecord[]>;
  /**
   * Stores an admin's key unless there is one that is valid when this one is made; false: there is, nothing was stored.
   * Of any number that come at once one is stored.
   */
  createFirstAdmin(key: KeyRecord): Promise<boolean>;
  /**
   * Removes a key and its sessions. `lastAdmin`: it is an admin's, still valid at `nowMs`, and no other admin's key is
   * valid for as long; nothing was removed. Two that remove each other at once do not both succeed.
   */
  remove(id: string, nowMs: number): Promise<'removed' | 'lastAdmin' | 'absent'>;
}

/** Sessions of the web page. */
export interface SessionStore {
  /** Stores nothing, and does not fail, when its key was removed meanwhile. Throws NameTaken when the hash is there already. */
  create(session: SessionRecord): Promise<void>;
  /** With its key; undefined when either is gone. Expiry is the caller's to judge. */
  find(hash: string): Promise<{ readonly session: SessionRecord; readonly key: KeyRecord } | undefined>;
  /** Does nothing when it is gone already. */
  remove(hash: string): Promise<void>;
  /** Removes sessions that ended at `nowMs` or before; returns how many. */
  removeExpired(nowMs: number): Promise<number>;
}

/** What to sum. */
export interface StatsRange {
  readonly projectId?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
}

/** Sums over tasks that ended in a range. */
export interface StatsStore {
  read(range: StatsRange): Promise<Stats>;
}
