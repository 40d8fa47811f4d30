import { expect, test } from 'vitest';

import { sendError, startFakeServer } from './testing/fake-server.ts';
import { runCli } from './testing/run-cli.ts';
import { taskId } from './testing/samples.ts';

test('an unknown command suggests the one that was meant', async () => {
  const result = await runCli(['task', 'lits']);

  expect(result).toMatchObject({ code: 2, out: '' });
  expect(result.err).toContain('Did you mean list?');
});

test('a wrong command line is told in JSON when JSON was asked for', async () => {
  const result = await runCli(['task', 'list', '--json', '--limit', 'many']);

  expect(result).toMatchObject({ code: 2, out: '' });
  expect(JSON.parse(result.err)).toMatchObject({ error: { code: 'InvalidArgument' } });
});

test('a command group without a command shows its help', async () => {
  const result = await runCli(['task']);

  expect(result.code).toBe(2);
  expect(result.err).toContain('follow-up');
});

test.each([
  [400, 'InvalidArgument', 2],
  [401, 'Unauthenticated', 4],
  [403, 'PermissionDenied', 4],
  [404, 'NotFound', 5],
  [409, 'Conflict', 6],
  [429, 'RateLimited', 7],
  [503, 'Unavailable', 7],
])('an answer %i %s ends with its own exit code %i', async (status, code, exitCode) => {
  await using server = await startFakeServer({
    [`GET /tasks/${taskId}`]: (_, response) => sendError(response, status, code),
  });

  const result = await runCli(['task', 'show', taskId, '--json'], { url: server.url });

  expect(result).toMatchObject({ code: exitCode, out: '' });
  expect(JSON.parse(result.err)).toEqual({
    error: { code, message: expect.stringContaining(`fake ${code}`) as string },
  });
});

test('a server that is away is exit code 7 and leads to doctor', async () => {
  const server = await startFakeServer({});
  await server[Symbol.asyncDispose]();

  const result = await runCli(['task', 'list'], { url: server.url });

  expect(result.code).toBe(7);
  expect(result.err).toContain('verve doctor');
});

test('without a key it says how to get one', async () => {
  const result = await runCli(['task', 'list'], { env: { VERVE_KEY: '' } });

  expect(result.code).toBe(4);
  expect(result.err).toMatch(/No key for http:\/\/localhost:8080: .*verve login/);
});

test('every problem of a refused request is told at its path', async () => {
  const details = [{ path: 'priority', message: 'too big' }];
  await using server = await startFakeServer({
    'POST /tasks': (_, response) => {
      response
        .writeHead(400)
        .end(JSON.stringify({ error: { code: 'InvalidArgument', message: 'no', details } }));
    },
  });

  const result = await runCli(['task', 'create', 'x'], { url: server.url });

  expect(result).toMatchObject({ code: 2, err: 'verve: no\n  priority: too big\n' });
});

test.each([
  [[{ path: 'title', message: 'too long' }], 'title: too long', 'verve: title: too long\n'],
  [
    [
      { path: 'title', message: 'too long' },
      { path: '', message: 'no' },
    ],
    'title: too long; no',
    'verve: the server refuses this:\n  title: too long\n  (request): no\n',
  ],
])('a problem that the message has told is not told again', async (details, message, told) => {
  await using server = await startFakeServer({
    'POST /tasks': (_, response) => {
      response.writeHead(400).end(JSON.stringify({ error: { code: 'InvalidArgument', message, details } }));
    },
  });

  const result = await runCli(['task', 'create', 'x'], { url: server.url });

  expect(result.err).toBe(told);
});

test('global options stand before or after the command', async () => {
  await using server = await startFakeServer({ 'GET /projects': () => ({ projects: [] }) });

  const before = await runCli(['--json', '--url', server.url, '--key', 'a', 'project', 'list']);
  const after = await runCli(['project', 'list', '--json', '--url', server.url, '--key', 'a']);

  expect(before).toEqual({ code: 0, out: '{\n  "projects": []\n}\n', err: '' });
  expect(after).toEqual(before);
  expect(server.calls.map((call) => call.headers.authorization)).toEqual(['Bearer a', 'Bearer a']);
});
