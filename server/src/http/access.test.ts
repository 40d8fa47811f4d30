import { api, errorBody, newId, type Endpoint, type EndpointName } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testApp, type TestApp, type TestRequest } from '../testing/app.ts';

/** Legal bodies and queries, so that what is refused is refused for the caller's sake. */
const bodies: Partial<Record<EndpointName, unknown>> = {
  createTask: { description: 'Do it' },
  appendLogs: { attempt: 1, seq: 1, at: [1], streams: 'o', lines: ['a'] },
  reportProgress: { attempt: 1, phase: 'agent' },
  completeTask: { attempt: 1, status: 'failed', reason: 'AgentFailed', lastSeq: 0 },
  registerWorker: { name: 'w', version: '1', executor: 'process', capacity: 1 },
  heartbeat: { running: [] },
  updateWorker: { paused: true },
  createProject: { name: 'p' },
  updateProject: { name: 'q' },
  createKey: { role: 'admin', name: 'k' },
};

const rows = Object.entries(api) as [EndpointName, Endpoint][];
const guarded = rows.filter(([, endpoint]) => endpoint.role !== 'none');
/** Each of the other roles; an admin may make every call. */
function wrongRolesOf({ role }: Endpoint): ('member' | 'worker')[] {
  if (role === 'any' || role === 'none') return [];
  return (['member', 'worker'] as const).filter((other) => other !== role);
}

let server: TestApp;
let ids: { task: string; worker: string; project: string; key: string };

beforeAll(async () => {
  server = await testApp();
  const task = await server.client(server.keys.member).ask('createTask', { body: { description: 'Do it' } });
  const worker = await server.client(server.keys.worker).ask('registerWorker', {
    body: { name: 'mine', version: '1', executor: 'process', capacity: 1 },
  });
  ids = { task: task.id, worker: worker.id, project: server.project.id, key: newId('key') };
});
afterAll(() => server[Symbol.asyncDispose]());

function pathOf(name: EndpointName, endpoint: Endpoint): string {
  const [, first] = endpoint.path.split('/');
  const id =
    { tasks: ids.task, workers: ids.worker, projects: ids.project, keys: ids.key }[first ?? ''] ?? '';
  const path = endpoint.path.replace('{id}', id).replace('{attempt}', '1');
  return name === 'pollTasks' ? `${path}?workerId=${ids.worker}&waitSeconds=0` : path;
}

function call(name: EndpointName, init: TestRequest): Promise<Response> {
  const endpoint: Endpoint = api[name];
  return server.fetch(pathOf(name, endpoint), { method: endpoint.method, ...init });
}

async function codeOf(response: Response): Promise<string> {
  return errorBody.parse(await response.json()).error.code;
}

test.each(guarded)(
  '%s refuses a missing and a forged key before it looks at the body',
  async (name, endpoint) => {
    const body = endpoint.body ? '{ not json' : undefined;
    for (const key of [undefined, `verve_${'x'.repeat(43)}`]) {
      const response = await call(name, { body, ...(key !== undefined && { key }) });

      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await codeOf(response)).toBe('Unauthenticated');
    }
  },
);

const refusals = guarded.flatMap(([name, endpoint]) =>
  wrongRolesOf(endpoint).map((role) => [name, role] as const),
);
test.each(refusals)('%s refuses a %s key before it looks at the body', async (name, role) => {
  const endpoint: Endpoint = api[name];

  const response = await call(name, {
    key: server.keys[role],
    body: endpoint.body ? '{ not json' : undefined,
  });

  expect(response.status).toBe(403);
  expect(await codeOf(response)).toBe('PermissionDenied');
});

const bound = guarded.filter(
  ([name, { role, params }]) => (role === 'member' || role === 'worker') && (params || name === 'pollTasks'),
);
test.each(bound)("%s does not know another project's object", async (name, { role }) => {
  const key = role === 'worker' ? server.keys.otherWorker : server.keys.otherMember;

  const response = await call(name, { key, body: bodies[name] });

  expect(response.status).toBe(404);
  expect(await codeOf(response)).toBe('NotFound');
});

const takingProject = guarded.filter(
  ([, { query, role }]) => role === 'member' && query?.safeParse({ projectId: newId('project') }).success,
);
test.each(takingProject)('%s does not know another project', async (_name, { path }) => {
  const response = await server.fetch(`${path}?projectId=${server.otherProject.id}`, {
    key: server.keys.member,
  });

  expect(response.status).toBe(404);
});

test('the tables above are not empty', () => {
  const calls = (of: readonly (readonly [EndpointName, unknown])[]): EndpointName[] =>
    of.map(([name]) => name);

  expect(calls(takingProject)).toEqual(['listTasks', 'listWorkers', 'getStats', 'streamEvents']);
  expect(calls(bound)).toContain('appendLogs');
  expect(refusals.length).toBeGreaterThan(guarded.length);
});

test('an admin may make calls of every role', async () => {
  const { admin } = server.keys;

  const answers = await Promise.all([
    call('listTasks', { key: admin }),
    call('pollTasks', { key: admin }),
    call('heartbeat', { key: admin, body: bodies.heartbeat }),
    call('listKeys', { key: admin }),
  ]);

  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true]);
});

test('an expired key is refused from the moment it expires', async () => {
  const { key } = await server.makeKey({ role: 'admin', expiresAt: server.clock.now() + 60_000 });
  const before = await call('listTasks', { key });

  server.clock.advance(60_000);

  expect(before.status).toBe(200);
  expect((await call('listTasks', { key })).status).toBe(401);
});

test('a revoked key is refused at once', async () => {
  const { key, id } = await server.makeKey({ role: 'member', projectId: server.project.id });
  expect((await call('listTasks', { key })).status).toBe(200);

  await server.client(server.keys.admin).call('deleteKey', { params: { id } });

  expect((await call('listTasks', { key })).status).toBe(401);
});

test("a member's task in another project's name is refused", async () => {
  const body = { description: 'Do it', projectId: server.otherProject.id };

  const response = await call('createTask', { key: server.keys.member, body });

  expect(response.status).toBe(404);
});

test('a key sees its own project alone in every list', async () => {
  const other = server.client(server.keys.otherMember);

  const [tasks, workers, projects] = await Promise.all([
    other.ask('listTasks'),
    other.ask('listWorkers'),
    other.ask('listProjects'),
  ]);

  expect(tasks.tasks).toEqual([]);
  expect(workers.workers).toEqual([]);
  expect(projects.projects.map(({ id }) => id)).toEqual([server.otherProject.id]);
});
