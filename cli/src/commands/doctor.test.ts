import { expect, test } from 'vitest';

import { sendError, startFakeServer, type FakeAnswer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';
import { sampleWorker } from '../testing/sample-worker.ts';
import { projectId } from '../testing/samples.ts';

const project = {
  id: projectId,
  name: 'default',
  createdAt: '2026-01-31T11:57:00.000Z',
  repository: 'git@host:a',
};
const healthy: Readonly<Record<string, FakeAnswer>> = {
  'GET /healthz': () => ({ status: 'ok' }),
  'GET /readyz': () => ({ status: 'ok' }),
  'GET /openapi.json': () => ({ info: { version: '0.1.0' } }),
  'GET /session': () => ({ role: 'admin', name: 'first' }),
  'GET /projects': () => ({ projects: [project] }),
  'GET /workers': () => ({ workers: [sampleWorker()] }),
};

async function diagnosed(
  answers: Readonly<Record<string, FakeAnswer>>,
): Promise<{ code: number; states: object; out: string }> {
  await using server = await startFakeServer({ ...healthy, ...answers });
  const { code, out } = await runCli(['doctor', '--json'], { url: server.url });
  const { findings } = JSON.parse(out) as { findings: { check: string; state: string }[] };
  return { code, states: Object.fromEntries(findings.map(({ check, state }) => [check, state])), out };
}

test('all is well', async () => {
  const { code, states } = await diagnosed({});

  expect(code).toBe(0);
  expect(states).toEqual({ server: 'ok', ready: 'ok', key: 'ok', project: 'ok', workers: 'ok' });
});

test('a project without a repository is a warning alone', async () => {
  const { code, states } = await diagnosed({
    'GET /projects': () => ({ projects: [{ ...project, repository: undefined }] }),
  });

  expect(code).toBe(0);
  expect(states).toMatchObject({ project: 'warning' });
});

test.each<[string, Readonly<Record<string, FakeAnswer>>, string]>([
  ['ready', { 'GET /readyz': (_, response) => sendError(response, 503, 'Unavailable') }, 'database'],
  ['key', { 'GET /session': (_, response) => sendError(response, 401, 'Unauthenticated') }, 'VERVE_KEY'],
  ['workers', { 'GET /workers': () => ({ workers: [] }) }, 'role'],
  [
    'workers',
    { 'GET /workers': () => ({ workers: [sampleWorker({ paused: true })] }) },
    'verve worker resume trial',
  ],
  ['server', { 'GET /openapi.json': () => ({}) }, 'Check the address'],
])('%s fails with its fix', async (check, answers, fix) => {
  const { code, states, out } = await diagnosed(answers);

  expect(code).toBe(1);
  expect(states).toMatchObject({ [check]: 'failed' });
  expect(out).toContain(fix);
});

test('a server that is away is found without anything else being asked', async () => {
  const server = await startFakeServer({});
  await server[Symbol.asyncDispose]();

  const result = await runCli(['doctor'], { url: server.url });

  expect(result.code).toBe(1);
  expect(result.out).toMatch(/^✗ server +cannot reach .*\n.*npm start/);
});
