import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
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

test('a logout mends a damaged login, whatever else is set wrong', async () => {
  const home = mkdtempSync(join(tmpdir(), 'verve-cli-'));
  const file = join(home, 'verve', 'login.json');
  mkdirSync(join(home, 'verve'));
  writeFileSync(file, '{');
  const env = { XDG_CONFIG_HOME: home, VERVE_URL: 'localhost:8080' };

  const logout = await runCli(['logout'], { env });

  expect(logout).toMatchObject({ code: 0, err: '' });
  expect(logout.out).toContain('Logged out');
  expect(existsSync(file)).toBe(false);
});

test('other commands say that a login is damaged', async () => {
  const home = mkdtempSync(join(tmpdir(), 'verve-cli-'));
  mkdirSync(join(home, 'verve'));
  writeFileSync(join(home, 'verve', 'login.json'), '{');

  const list = await runCli(['task', 'list'], { env: { XDG_CONFIG_HOME: home } });

  expect(list.code).toBe(2);
  expect(list.err).toMatch(/login\.json is damaged: run "verve logout"/);
});

test('what is piped in and can be no key is not sent', async () => {
  await using server = await startFakeServer(answers);
  const env = { VERVE_KEY: '', XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'verve-cli-')) };

  const login = await runCli(['login', '--url', server.url], { env, stdin: 'first\nsecond\n' });

  expect(login.code).toBe(2);
  expect(login.err).toContain('the key from stdin');
  expect(login.err).not.toContain('second');
  expect(server.calls).toEqual([]);
});
