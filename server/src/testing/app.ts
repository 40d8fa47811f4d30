import type { AddressInfo } from 'node:net';

import {
  basePath,
  createClient,
  defaultProjectName,
  leaseTimes,
  newId,
  type Client,
  type Role,
} from '@verve/contract';
import type { FastifyInstance } from 'fastify';

import { buildApp } from '../app.ts';
import type { Clock } from '../clock.ts';
import { createChangeStream } from '../logs/change-stream.ts';
import { createLogTail } from '../logs/log-tail.ts';
import { createMetrics } from '../metrics.ts';
import { createDispatcher, type Dispatcher } from '../queue/dispatcher.ts';
import { defaultHttpSettings, type HttpSettings } from '../routes/parts.ts';
import { createWaitingRules } from '../routes/waiting-rules.ts';
import { newSecret } from '../secret.ts';
import type { ProjectRecord } from '../storage/records.ts';
import type { Storage } from '../storage/storage.ts';
import { createTaskMover } from '../tasks/task-mover.ts';
import { testLogger, testSqliteStorage } from './storage.ts';

/** A clock that a test can put forward. */
interface TestClock extends Clock {
  advance(ms: number): void;
}

/** A key of a project; without one, an admin's. */
interface KeyGiven {
  readonly role: Role;
  readonly projectId?: string | undefined;
  readonly expiresAt?: number | undefined;
}

/** A server that listens on a port of this machine, on a SQLite file of its own, with two projects. */
export interface TestApp extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly storage: Storage;
  /** The file of the database. */
  readonly databaseFile: string;
  readonly clock: TestClock;
  readonly baseUrl: string;
  /** The project named "default", and another one. Both have a default repository. */
  readonly project: ProjectRecord;
  readonly otherProject: ProjectRecord;
  /** Keys of the default project, one of each role, and two of the other one. */
  readonly keys: Readonly<Record<'admin' | 'member' | 'worker' | 'otherMember' | 'otherWorker', string>>;
  makeKey(given: KeyGiven): Promise<{ key: string; id: string }>;
  client(key: string): Client;
  /** A call below the base path as `fetch` makes it; a body that is no string is sent as JSON. */
  fetch(path: string, init?: TestRequest): Promise<Response>;
}

/** A request with what tests need of it. */
export interface TestRequest {
  readonly method?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Boots one, with a dispatcher between if given. Disposing of it stops it as main does. */
export async function testApp(
  http: Partial<HttpSettings> = {},
  wrap: (dispatcher: Dispatcher) => Dispatcher = (dispatcher) => dispatcher,
): Promise<TestApp> {
  const stack = new AsyncDisposableStack();
  const { storage, url } = stack.use(await testSqliteStorage());
  const clock = testClock();
  const metrics = createMetrics({ withProcess: false });
  const parts = { storage, logger: testLogger, meters: metrics };
  const mover = createTaskMover(parts);
  const acknowledgeMs = leaseTimes.acknowledgeSeconds * 1000;
  const app = await buildApp({
    ...parts,
    clock,
    metrics,
    mover,
    leaseTimes,
    dispatcher: wrap(stack.use(createDispatcher({ ...parts, mover, clock, acknowledgeMs }))),
    logTail: stack.use(createLogTail(parts)),
    changeStream: stack.use(createChangeStream(parts)),
    waitingRules: stack.use(createWaitingRules(storage, clock)),
    http: { ...defaultHttpSettings, ...http },
  });
  stack.defer(async () => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;

  const project = await makeProject(storage, defaultProjectName);
  const otherProject = await makeProject(storage, 'other');
  const makeKey = keyMaker(storage, clock);
  const keyOf = async (given: KeyGiven): Promise<string> => (await makeKey(given)).key;
  return {
    app,
    storage,
    databaseFile: url,
    clock,
    baseUrl,
    project,
    otherProject,
    keys: {
      admin: await keyOf({ role: 'admin' }),
      member: await keyOf({ role: 'member', projectId: project.id }),
      worker: await keyOf({ role: 'worker', projectId: project.id }),
      otherMember: await keyOf({ role: 'member', projectId: otherProject.id }),
      otherWorker: await keyOf({ role: 'worker', projectId: otherProject.id }),
    },
    makeKey,
    client: (key) => createClient({ baseUrl, key, fetch }),
    fetch: async (path, init = {}) => fetch(`${baseUrl}${basePath}${path}`, toInit(init)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function testClock(): TestClock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    advance: (ms) => {
      offset += ms;
    },
  };
}

async function makeProject(storage: Storage, name: string): Promise<ProjectRecord> {
  const repository = 'https://git.example/acme/app.git';
  const known = await storage.projects.findByName(name);
  if (known) return (await storage.projects.update({ ...known, repository })) ?? known;
  const project = { id: newId('project'), name, repository, createdAt: Date.now() };
  await storage.projects.create(project);
  return project;
}

function keyMaker(storage: Storage, clock: Clock): TestApp['makeKey'] {
  return async ({ role, projectId, expiresAt }) => {
    const { secret, hash } = newSecret('verve_');
    const id = newId('key');
    await storage.keys.create({
      id,
      role,
      projectId,
      expiresAt,
      hash,
      name: `a ${role}`,
      createdAt: clock.now(),
    });
    return { key: secret, id };
  };
}

function toInit({ method, key, headers, body, signal }: TestRequest): RequestInit {
  return {
    method: method ?? 'GET',
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
    redirect: 'manual',
  };
}
