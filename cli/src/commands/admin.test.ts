import { expect, test } from 'vitest';

import { startFakeServer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';
import { sampleWorker } from '../testing/sample-worker.ts';
import { projectId, workerId } from '../testing/samples.ts';

const createdAt = '2026-01-31T11:57:00.000Z';
const projects = { 'GET /projects': () => ({ projects: [{ id: projectId, name: 'default', createdAt }] }) };

test('a worker is paused by its name', async () => {
  await using server = await startFakeServer({
    'GET /workers': () => ({ workers: [sampleWorker()] }),
    [`PATCH /workers/${workerId}`]: () => sampleWorker({ paused: true }),
  });

  const result = await runCli(['worker', 'pause', 'trial'], { url: server.url });

  expect(result.out).toBe('trial is paused and claims no more tasks; 1 still run there\n');
  expect(server.calls.at(-1)?.body).toEqual({ paused: true });
});

test('a worker that is not there is exit code 5', async () => {
  await using server = await startFakeServer({ 'GET /workers': () => ({ workers: [] }) });

  expect(await runCli(['worker', 'pause', 'trial'], { url: server.url })).toMatchObject({ code: 5 });
});

test('workers are listed with their state', async () => {
  await using server = await startFakeServer({
    'GET /workers': () => ({ workers: [sampleWorker(), sampleWorker({ isConnected: false })] }),
  });

  const { out } = await runCli(['worker', 'list'], { url: server.url });

  expect(out).toMatch(/connected +1\/2 +2s ago +process +0\.1\.0 +any/);
  expect(out).toContain('away');
});

test('an empty value takes a default of a project away', async () => {
  await using server = await startFakeServer({
    ...projects,
    [`PATCH /projects/${projectId}`]: () => ({ id: projectId, name: 'default', createdAt }),
  });

  await runCli(['project', 'update', 'default', '--agent', '', '--base-branch', 'dev'], { url: server.url });
  const nothing = await runCli(['project', 'update', 'default'], { url: server.url });

  expect(server.calls.at(-1)?.body).toEqual({ agent: null, baseBranch: 'dev' });
  expect(nothing.code).toBe(2);
});

test('a new key is alone on stdout, and belongs to the default project', async () => {
  const id = 'key_01h455vb4pex5vsknk084sn02q';
  await using server = await startFakeServer({
    ...projects,
    'POST /keys': () => ({ id, projectId, role: 'worker', name: 'ci', createdAt, key: 'verve_new' }),
  });

  const args = ['key', 'create', 'ci', '--role', 'worker', '--expires', '12h'];
  const result = await runCli(args, { url: server.url });

  expect(result.out).toBe('verve_new\n');
  expect(server.calls.at(-1)?.body).toEqual({
    role: 'worker',
    name: 'ci',
    projectId,
    expiresAt: '2026-02-01T00:00:00.000Z',
  });
});

test('an admin key has no project', async () => {
  const result = await runCli(['key', 'create', 'ci', '--role', 'admin', '--project', 'default']);

  expect(result.code).toBe(2);
});

test('a revoked key is told', async () => {
  const id = 'key_01h455vb4pex5vsknk084sn02q';
  await using server = await startFakeServer({
    [`DELETE /keys/${id}`]: (_, response) => void response.writeHead(204).end(),
  });

  expect((await runCli(['key', 'revoke', id], { url: server.url })).out).toBe(`${id} is revoked\n`);
});
