import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';

import { basePath } from '@verve/contract';
import { openApiDocument } from '@verve/contract/openapi';
import { expect, test, vi } from 'vitest';

import { testApp, type TestApp } from './testing/app.ts';
import { claimedTask } from './testing/claimed-task.ts';
import { collect } from './testing/collect.ts';
import { readEvents } from './testing/event-reader.ts';

async function ask(server: TestApp, path: string): Promise<Response> {
  return fetch(server.baseUrl + path, { redirect: 'manual' });
}

async function register(server: TestApp): Promise<string> {
  const body = { name: 'w', version: '1', executor: 'process', capacity: 1 };
  return (await server.client(server.keys.worker).ask('registerWorker', { body })).id;
}

async function heldPolls(server: TestApp): Promise<number> {
  const text = await (await ask(server, '/metrics')).text();
  return Number(/^verve_held_polls (\d+)$/m.exec(text)?.[1]);
}

test('the docs are there without a key and load nothing from elsewhere', async () => {
  await using server = await testApp();

  const page = await ask(server, '/docs');
  const script = await ask(server, '/docs/static/swagger-initializer.js');
  const document = await ask(server, '/openapi.json');

  expect((await ask(server, '/')).headers.get('location')).toBe('/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).not.toMatch(/(?:src|href)="https?:/);
  expect(script.status).toBe(200);
  expect(await document.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});

test("the docs are Verve's own page for its own document", async () => {
  await using server = await testApp();

  const page = await (await ask(server, '/docs/')).text();
  const script = await (await ask(server, '/docs/static/swagger-initializer.js')).text();
  const icon = await ask(server, `/docs/${/rel="icon"[^>]*href="\.\/([^"]+)"/.exec(page)?.[1]}`);

  expect(page).toContain('<title>Verve API</title>');
  expect(script).toContain('"layout":"BaseLayout"');
  expect(icon.headers.get('content-type')).toBe('image/svg+xml');
});

test('every answer has its request id and says what it is', async () => {
  await using server = await testApp();

  const own = await server.fetch('/tasks', { headers: { 'x-request-id': 'abc-123' } });
  const insane = await server.fetch('/tasks', { headers: { 'x-request-id': 'a'.repeat(500) } });

  expect(own.headers.get('x-request-id')).toBe('abc-123');
  expect(insane.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  expect(own.headers.get('x-content-type-options')).toBe('nosniff');
  expect(own.headers.get('cache-control')).toBe('no-store');
});

test('calls are counted by route, not by address', async () => {
  await using server = await testApp();
  await server.fetch('/projects', { key: server.keys.member });
  await ask(server, '/wp-login.php');

  const text = await (await ask(server, '/metrics')).text();

  expect(text).toContain('_count{method="GET",route="/api/v1/projects",status="2xx"} 1');
  expect(text).toContain('_count{method="any",route="unknown",status="4xx"} 1');
});

test('a database that is away is 503 with a time to come back, until it is back', async () => {
  await using server = await testApp();
  const { member: key } = server.keys;
  const elsewhere = `${server.databaseFile}.away`;

  await rename(server.databaseFile, elsewhere);
  const call = await server.fetch('/projects', { key });
  const probes = [await ask(server, '/readyz'), await ask(server, '/healthz')];
  await rename(elsewhere, server.databaseFile);

  expect(call.status).toBe(503);
  expect(call.headers.get('retry-after')).toBe('2');
  expect(await call.json()).toEqual({
    error: { code: 'Unavailable', message: 'the database is not available; try again' },
  });
  expect(probes.map(({ status }) => status)).toEqual([503, 200]);
  expect(await (await ask(server, '/metrics')).text()).toContain('unavailable_total{component="http"} 2');
  await vi.waitFor(async () => expect((await server.fetch('/projects', { key })).status).toBe(200));
  expect((await ask(server, '/readyz')).status).toBe(200);
});

test('a stop answers held polls with 204 and ends streams, and is soon done', async () => {
  await using server = await testApp();
  const workerId = await register(server);
  const count = 200;
  const polls = Array.from({ length: count }, () =>
    server.fetch(`/tasks/poll?workerId=${workerId}`, { key: server.keys.worker }),
  );
  const stream = await server.fetch('/events', { key: server.keys.member });
  await vi.waitFor(async () => expect(await heldPolls(server)).toBe(count));

  await server.app.close();

  const statuses = (await Promise.all(polls)).map(({ status }) => status);
  expect(statuses).toEqual(Array.from({ length: count }, () => 204));
  expect(await collect(readEvents(stream))).toEqual([]);
});

test.each([
  ['a stream', '', 'text/event-stream'],
  ['a download', '?format=text', '*/*'],
])('a stop does not wait for who has stopped reading %s', async (_what, query, accept) => {
  await using server = await testApp();
  const task = await claimedTask(server);
  const lines = Array.from({ length: 60 }, () => 'x'.repeat(60_000));
  // More than the buffers between the two hold.
  for (let chunk = 0; chunk < 6; chunk += 1) await task.append(lines);
  const call = get(`${server.baseUrl}${basePath}/tasks/${task.taskId}/logs${query}`, {
    headers: { accept, authorization: `Bearer ${server.keys.member}` },
  });
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.on('error', () => undefined).pause();

  await server.app.close();

  expect(response.statusCode).toBe(200);
  response.destroy();
});
