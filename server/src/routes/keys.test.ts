import { ApiError, newId, type Client } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { sha256 } from '../digest.ts';
import { testApp, type TestApp } from '../testing/app.ts';

let server: TestApp;
let admin: Client;
beforeAll(async () => {
  server = await testApp();
  admin = server.client(server.keys.admin);
});
afterAll(() => server[Symbol.asyncDispose]());

test('a key is shown once and only its hash is kept', async () => {
  const projectId = server.project.id;
  const made = await admin.ask('createKey', { body: { role: 'member', name: 'ci', projectId } });

  const { keys } = await admin.ask('listKeys', { query: { projectId } });
  const kept = await server.storage.keys.findByHash(sha256(made.key));

  expect(made.key).toMatch(/^verve_[\w-]{43}$/);
  expect(JSON.stringify(keys)).not.toContain(made.key);
  expect(keys.map(({ id }) => id)).toContain(made.id);
  expect(kept?.id).toBe(made.id);
  expect((await server.fetch('/tasks', { key: made.key })).status).toBe(200);
});

test.each([
  ['for no project', { role: 'member', name: 'k' }, 400],
  ['for an admin of one project', { role: 'admin', name: 'k', projectId: newId('project') }, 400],
  ['for an unknown project', { role: 'member', name: 'k', projectId: newId('project') }, 404],
  ['that has expired', { role: 'admin', name: 'k', expiresAt: '2020-01-01T00:00:00Z' }, 400],
])('a key is refused %s', async (_what, body, status) => {
  const response = await server.fetch('/keys', { method: 'POST', key: server.keys.admin, body });

  expect(response.status).toBe(status);
});

test('the last admin key cannot be revoked, any other can', async () => {
  const second = await admin.ask('createKey', { body: { role: 'admin', name: 'second' } });
  const { keys } = await admin.ask('listKeys');
  const first = keys.find(({ role, id }) => role === 'admin' && id !== second.id);
  const bySecond = server.client(second.key);

  await bySecond.call('deleteKey', { params: { id: first?.id ?? '' } });
  const last = bySecond.call('deleteKey', { params: { id: second.id } });

  await expect(last).rejects.toMatchObject({ status: 409, code: 'Conflict' });
  await expect(admin.ask('listKeys')).rejects.toThrow(ApiError);
  expect((await server.fetch('/keys', { key: second.key })).status).toBe(200);
});
