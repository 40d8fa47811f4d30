import type { RegisterWorkerInput } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testApp, type TestApp } from '../testing/app.ts';
import { claimedTask } from '../testing/claimed-task.ts';

let server: TestApp;
beforeAll(async () => {
  server = await testApp();
});
afterAll(() => server[Symbol.asyncDispose]());

const aliveMs = 30_000;

function register(over: Partial<RegisterWorkerInput>, key = server.keys.worker): Promise<Response> {
  const body = { name: 'w', version: '1', executor: 'process', capacity: 1, ...over };
  return server.fetch('/workers', { method: 'POST', key, body });
}

test('a worker is known by its name, and another instance has to wait until it is gone', async () => {
  const first = await register({ name: 'one', instance: 'a' });
  const again = await register({ name: 'one', instance: 'a', version: '2' });
  const taken = await register({ name: 'one', instance: 'b' });
  server.clock.advance(aliveMs + 1);
  const later = await register({ name: 'one', instance: 'b' });

  expect([first.status, again.status, taken.status, later.status]).toEqual([201, 200, 409, 200]);
  expect(await taken.json()).toMatchObject({ error: { code: 'AlreadyExists' } });
  const { id } = (await first.json()) as { id: string };
  expect(await later.json()).toEqual({ id, heartbeatSeconds: 10, leaseSeconds: 180, features: [] });
});

test('the same name in two projects is two workers', async () => {
  await register({ name: 'twin' });
  await register({ name: 'twin' }, server.keys.otherWorker);

  const { workers } = await server.client(server.keys.admin).ask('listWorkers');
  const twins = workers.filter(({ name }) => name === 'twin').map(({ projectId }) => projectId);

  expect(new Set(twins)).toEqual(new Set([server.project.id, server.otherProject.id]));
});

test("an admin's worker is the default project's, and its calls know its tasks", async () => {
  const { admin } = server.keys;
  const response = await register({ name: 'by-admin' }, admin);
  const { id } = (await response.json()) as { id: string };

  const beat = await server.client(admin).ask('heartbeat', { params: { id }, body: { running: [] } });
  const { workers } = await server.client(server.keys.member).ask('listWorkers');

  expect(beat).toEqual({ lost: [], cancels: [] });
  expect(workers.map((worker) => worker.id)).toContain(id);
});

test('a paused worker claims nothing until it is resumed, not even with a poll that is held', async () => {
  const admin = server.client(server.keys.admin);
  const before = await claimedTask(server, 'paused');
  const params = { id: before.workerId };
  const query = { workerId: before.workerId, slots: '1', waitSeconds: '20' };

  const paused = await admin.ask('updateWorker', { params, body: { paused: true } });
  const poll = before.worker.ask('pollTasks', { query });
  const { id } = await before.member.ask('createTask', { body: { description: 'Do it' } });
  const waits = await before.member.ask('getTask', { params: { id } });
  await admin.ask('updateWorker', { params, body: { paused: false } });

  expect(paused.paused).toBe(true);
  expect(waits.status).toBe('pending');
  expect((await poll).claims.map(({ task }) => task.id)).toEqual([id]);
});
