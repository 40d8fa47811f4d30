import { z } from 'zod';

import {
  createdKey,
  createKey,
  createProject,
  createSession,
  keyList,
  listKeysQuery,
  project,
  projectList,
  session,
  updateProject,
  type Role,
} from './admin.ts';
import { keyId, projectId, taskId, workerId } from './ids.ts';
import { limits } from './limits.ts';
import { appendChunk, logPage, readLogsQuery } from './log.ts';
import { stats, statsQuery } from './stats.ts';
import { cancelTask, createTask, listTasksQuery, retryTask, task, taskDetail, taskPage } from './task.ts';
import { count } from './text.ts';
import {
  heartbeat,
  heartbeatAnswer,
  outcome,
  pollAnswer,
  pollQuery,
  progress,
  progressAnswer,
  readerPosition,
  registered,
  registerWorker,
  updateWorker,
  worker,
  workerList,
} from './worker.ts';

/** Where every call but health, metrics and docs lives. */
export const basePath = '/api/v1';

/** The port of the server unless it is told another. */
export const defaultPort = 8080;

/** The name of the project that a fresh server has. */
export const defaultProjectName = 'default';

/** One call: what goes in, what comes out, who may make it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base path, with `{name}` for a parameter. */
  readonly path: string;
  /** The least role; `any` is every valid key, `none` needs no key. An admin may make every call. */
  readonly role: Role | 'any' | 'none';
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** A request without a body means `{}`. */
  readonly isBodyOptional?: true;
  /** Statuses of success, the usual one first. */
  readonly statuses: readonly [number, ...number[]];
  /** Absent: no body. */
  readonly response?: z.ZodType;
  /** Can answer as server-sent events. */
  readonly hasEventStream?: true;
}

const byTask = z.object({ id: taskId });
const byWorker = z.object({ id: workerId });

const done = z.strictObject({});

/** Every call of the API. */
export const api = {
  createTask: {
    method: 'POST',
    path: '/tasks',
    role: 'member',
    summary: 'Create a task',
    headers: z.object({
      'idempotency-key': z.string().min(1).max(200).optional().meta({
        description:
          'The same body again answers with the first task; another body is a 409. Scope: the project.',
      }),
    }),
    body: createTask,
    statuses: [201],
    response: task,
  },
  listTasks: {
    method: 'GET',
    path: '/tasks',
    role: 'member',
    summary: 'List tasks, newest first',
    query: listTasksQuery,
    statuses: [200],
    response: taskPage,
  },
  pollTasks: {
    method: 'GET',
    path: '/tasks/poll',
    role: 'worker',
    summary: 'Wait for claims and cancellations',
    query: pollQuery,
    statuses: [200, 204],
    response: pollAnswer,
  },
  getTask: {
    method: 'GET',
    path: '/tasks/{id}',
    role: 'member',
    summary: 'A task, its newest attempts and the newest lines of its log',
    params: byTask,
    statuses: [200],
    response: taskDetail,
  },
  deleteTask: {
    method: 'DELETE',
    path: '/tasks/{id}',
    role: 'member',
    summary: 'Delete an ended task with its description and log, for good',
    params: byTask,
    statuses: [204],
  },
  cancelTask: {
    method: 'POST',
    path: '/tasks/{id}/cancel',
    role: 'member',
    summary: 'Cancel a task',
    params: byTask,
    body: cancelTask,
    isBodyOptional: true,
    statuses: [200],
    response: task,
  },
  retryTask: {
    method: 'POST',
    path: '/tasks/{id}/retry',
    role: 'member',
    summary: 'Give a failed or canceled task one attempt more',
    params: byTask,
    body: retryTask,
    isBodyOptional: true,
    statuses: [200],
    response: task,
  },
  readLogs: {
    method: 'GET',
    path: '/tasks/{id}/logs',
    role: 'member',
    summary: 'Read or follow the log: pages, text, or server-sent events',
    params: byTask,
    query: readLogsQuery,
    statuses: [200, 204],
    response: logPage,
    hasEventStream: true,
  },
  appendLogs: {
    method: 'POST',
    path: '/tasks/{id}/logs',
    role: 'worker',
    summary: 'Append a chunk; 200 means it is durable',
    params: byTask,
    body: appendChunk,
    statuses: [200],
    response: done,
  },
  reportProgress: {
    method: 'POST',
    path: '/tasks/{id}/progress',
    role: 'worker',
    summary: 'Tell the phase of an attempt, and what it waits for',
    params: byTask,
    body: progress,
    statuses: [200],
    response: progressAnswer,
  },
  completeTask: {
    method: 'POST',
    path: '/tasks/{id}/complete',
    role: 'worker',
    summary: 'End an attempt with its outcome',
    params: byTask,
    body: outcome,
    statuses: [200],
    response: done,
  },
  readPosition: {
    method: 'GET',
    path: '/tasks/{id}/attempts/{attempt}/position',
    role: 'worker',
    summary: 'Where a reader that was killed goes on',
    params: z.object({ id: taskId, attempt: count(1, limits.attempts) }),
    statuses: [200],
    response: readerPosition,
  },
  registerWorker: {
    method: 'POST',
    path: '/workers',
    role: 'worker',
    summary: 'Register an installation by name; 200 when the name was known',
    body: registerWorker,
    statuses: [201, 200],
    response: registered,
  },
  heartbeat: {
    method: 'POST',
    path: '/workers/{id}/heartbeat',
    role: 'worker',
    summary: 'Renew the leases of all named attempts',
    params: byWorker,
    body: heartbeat,
    statuses: [200],
    response: heartbeatAnswer,
  },
  listWorkers: {
    method: 'GET',
    path: '/workers',
    role: 'member',
    summary: 'List workers',
    query: z.strictObject({ projectId: projectId.optional() }),
    statuses: [200],
    response: workerList,
  },
  updateWorker: {
    method: 'PATCH',
    path: '/workers/{id}',
    role: 'admin',
    summary: 'Pause or resume a worker',
    params: byWorker,
    body: updateWorker,
    statuses: [200],
    response: worker,
  },
  listProjects: {
    method: 'GET',
    path: '/projects',
    role: 'member',
    summary: 'List the projects that the key sees',
    statuses: [200],
    response: projectList,
  },
  createProject: {
    method: 'POST',
    path: '/projects',
    role: 'admin',
    summary: 'Create a project',
    body: createProject,
    statuses: [201],
    response: project,
  },
  updateProject: {
    method: 'PATCH',
    path: '/projects/{id}',
    role: 'admin',
    summary: 'Change a project; null takes a default away',
    params: z.object({ id: projectId }),
    body: updateProject,
    statuses: [200],
    response: project,
  },
  listKeys: {
    method: 'GET',
    path: '/keys',
    role: 'admin',
    summary: 'List keys',
    query: listKeysQuery,
    statuses: [200],
    response: keyList,
  },
  createKey: {
    method: 'POST',
    path: '/keys',
    role: 'admin',
    summary: 'Create a key, which is shown this once',
    body: createKey,
    statuses: [201],
    response: createdKey,
  },
  deleteKey: {
    method: 'DELETE',
    path: '/keys/{id}',
    role: 'admin',
    summary: 'Revoke a key; an admin key only while another one is valid for as long',
    params: z.object({ id: keyId }),
    statuses: [204],
  },
  createSession: {
    method: 'POST',
    path: '/session',
    role: 'none',
    summary: 'Trade a key for a session cookie',
    body: createSession,
    statuses: [200],
    response: session,
  },
  getSession: {
    method: 'GET',
    path: '/session',
    role: 'any',
    summary: 'Who am I?',
    statuses: [200],
    response: session,
  },
  deleteSession: {
    method: 'DELETE',
    path: '/session',
    role: 'any',
    summary: 'End the session',
    statuses: [204],
  },
  getStats: {
    method: 'GET',
    path: '/stats',
    role: 'member',
    summary: 'Sums over a range: queue, outcomes, times, cost',
    query: statsQuery,
    statuses: [200],
    response: stats,
  },
  streamEvents: {
    method: 'GET',
    path: '/events',
    role: 'member',
    summary: 'Follow changes of tasks and workers as server-sent events',
    query: z.strictObject({ projectId: projectId.optional() }),
    statuses: [200],
    hasEventStream: true,
  },
} as const satisfies Record<string, Endpoint>;

/** The name of a call. */
export type EndpointName = keyof typeof api;

type Part<E, K extends string> = E extends Readonly<Record<K, infer S extends z.ZodType>> ? S : never;

/** What a handler gets after parsing: undefined for a part that the call does not have. */
export interface Parsed<E extends Endpoint> {
  readonly params: [Part<E, 'params'>] extends [never] ? undefined : z.output<Part<E, 'params'>>;
  readonly query: [Part<E, 'query'>] extends [never] ? undefined : z.output<Part<E, 'query'>>;
  readonly headers: [Part<E, 'headers'>] extends [never] ? undefined : z.output<Part<E, 'headers'>>;
  readonly body: [Part<E, 'body'>] extends [never] ? undefined : z.output<Part<E, 'body'>>;
}

/** What a call answers with; undefined when it has no body. */
export type Answer<E extends Endpoint> = [Part<E, 'response'>] extends [never]
  ? undefined
  : z.output<Part<E, 'response'>>;

/** What a caller gives: defaults may be left out. */
export type Given<E extends Endpoint, K extends 'params' | 'query' | 'body'> = [Part<E, K>] extends [never]
  ? undefined
  : z.input<Part<E, K>>;
