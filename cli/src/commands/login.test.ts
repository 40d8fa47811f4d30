import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { sendError, startFakeServer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';

const answers = {
  'GET /session': () => ({ role: 'admin', name: 'first' }),
  'GET /projects': () => ({ projects: [] }),
};

test('a key that was logged in with is used from then on, until the logout', async () => {
  await using server = await startFakeServer(answers);
  const env = { VERVE_KEY: '', XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'verve-cli-')) };

  const login = await runCli(['login', '--url', server.url], { env, stdin: 'verve_piped\n' });
  await runCli(['project', 'list'], { env });
  await runCli(['logout'], { env });
  const after = await runCli(['project', 'list'], { env });

  expect(login).toMatchObject({ code: 0, err: '' });
  expect(login.out).toContain('as "first" (admin)');
  expect(server.calls.map((call) => call.headers.authorization)).toEqual([
    'Bearer verve_piped',
    'Bearer verve_piped',
  ]);
  expect(after.code).toBe(4);
});

test('a key that the server refuses is not kept', async () => {
  await using server = await startFakeServer({
    'GET /session': (_, response) => sendError(response, 401, 'Unauthenticated'),
  });
  const env = { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'verve-cli-')) };

  const login = await runCli(['login', '--url', server.url, '--key', 'wrong'], { env });
  const logout = await runCli(['logout'], { env });

  expect(login.code).toBe(4);
  expect(logout.out).toContain('Nobody was logged in');
});
