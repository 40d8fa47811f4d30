import { rename } from 'node:fs/promises';

import { openApiDocument } from '@verve/contract/openapi';
import { expect, test, vi } from 'vitest';

import { testApp, type TestApp } from './testing/app.ts';
import { collect } from './testing/collect.ts';
import { readEvents } from './testing/event-reader.ts';

async function get(server: TestApp, path: string): Promise<Response> {
  return fetch(server.baseUrl + path, { redirect: 'manual' });
}

async function register(server: TestApp): Promise<string> {
  const body = { name: 'w', version: '1', executor: 'process', capacity: 1 };
  return (await server.client(server.keys.worker).ask('registerWorker', { body })).id;
}

async function heldPolls(server: TestApp): Promise<number> {
  const text = await (await get(server, '/metrics')).text();
  return Number(/^verve_held_polls (\d+)$/m.exec(text)?.[1]);
}

test('the docs are there without a key and load nothing from elsewhere', async () => {
  await using server = await testApp();

  const page = await get(server, '/docs');
  const script = await get(server, '/docs/static/swagger-initializer.js');
  const document = await get(server, '/openapi.json');

  expect((await get(server, '/')).headers.get('location')).toBe('/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).not.toMatch(/(?:src|href)="https?:/);
  expect(script.status).toBe(200);
  expect(await document.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
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
  await get(server, '/wp-login.php');

  const text = await (await get(server, '/metrics')).text();

  expect(text).toContain('_count{method="GET",route="/api/v1/projects",status="2xx"} 1');
  expect(text).toContain('_count{method="any",route="unknown",status="4xx"} 1');
});

test('a database that is away is 503 with a time to come back, until it is back', async () => {
  await using server = await testApp();
  const { member: key } = server.keys;
  const elsewhere = `${server.databaseFile}.away`;

  await rename(server.databaseFile, elsewhere);
  const call = await server.fetch('/projects', { key });
  const probes = [await get(server, '/readyz'), await get(server, '/healthz')];
  await rename(elsewhere, server.databaseFile);

  expect(call.status).toBe(503);
  expect(call.headers.get('retry-after')).toBe('2');
  expect(await call.json()).toEqual({
    error: { code: 'Unavailable', message: 'the database is not available; try again' },
  });
  expect(probes.map(({ status }) => status)).toEqual([503, 200]);
  expect(await (await get(server, '/metrics')).text()).toContain('unavailable_total{component="http"} 2');
  await vi.waitFor(async () => expect((await server.fetch('/projects', { key })).status).toBe(200));
  expect((await get(server, '/readyz')).status).toBe(200);
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
