import type { Client } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testApp, type TestApp } from '../testing/app.ts';

let server: TestApp;
let admin: Client;
beforeAll(async () => {
  server = await testApp();
  admin = server.client(server.keys.admin);
});
afterAll(() => server[Symbol.asyncDispose]());

test('a change keeps what it does not name and takes away what it sets to null', async () => {
  const body = {
    name: 'web',
    repository: 'https://git.example/acme/web.git',
    baseBranch: 'main',
    agent: 'demo',
  };
  const made = await admin.ask('createProject', { body });

  const changed = await admin.ask('updateProject', {
    params: { id: made.id },
    body: { agent: null, baseBranch: 'next' },
  });

  const { agent: _gone, ...rest } = made;
  expect(changed).toEqual({ ...rest, baseBranch: 'next' });
});

test('a name is taken once', async () => {
  const { id } = await admin.ask('createProject', { body: { name: 'api' } });
  const taken = { status: 409, code: 'AlreadyExists' };

  await expect(admin.ask('createProject', { body: { name: 'api' } })).rejects.toMatchObject(taken);
  await expect(admin.ask('updateProject', { params: { id }, body: { name: 'other' } })).rejects.toMatchObject(
    taken,
  );
});
