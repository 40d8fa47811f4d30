import { afterAll, beforeAll, expect, test } from 'vitest';

import { testApp, type TestApp } from '../testing/app.ts';

let server: TestApp;
beforeAll(async () => {
  server = await testApp({ trustProxy: true });
});
afterAll(() => server[Symbol.asyncDispose]());

async function login(
  key: string,
  headers: Record<string, string> = {},
): Promise<{ cookie: string; set: string }> {
  const response = await server.fetch('/session', { method: 'POST', body: { key }, headers });
  const set = response.headers.get('set-cookie') ?? '';
  return { cookie: set.split(';')[0] ?? '', set };
}

test('a key is traded for a cookie that no script reads and no other site sends', async () => {
  const { cookie, set } = await login(server.keys.member);

  const response = await server.fetch('/session', { headers: { cookie } });

  expect(set).toMatch(/^verve_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(await response.json()).toMatchObject({
    role: 'member',
    name: 'a member',
    projectId: server.project.id,
  });
});

test('the cookie is for https alone when the page came by https', async () => {
  const { set } = await login(server.keys.member, { 'x-forwarded-proto': 'https' });

  expect(set).toContain('; Secure');
});

test('a session ends when it is ended, and again when its key is revoked', async () => {
  const { key, id } = await server.makeKey({ role: 'member', projectId: server.project.id });
  const [first, second] = [await login(key), await login(key)];
  const statusOf = async ({ cookie }: { cookie: string }): Promise<number> =>
    (await server.fetch('/tasks', { headers: { cookie } })).status;

  await server.fetch('/session', { method: 'DELETE', headers: { cookie: first.cookie } });
  const afterEnd = [await statusOf(first), await statusOf(second)];
  await server.client(server.keys.admin).call('deleteKey', { params: { id } });

  expect(afterEnd).toEqual([401, 200]);
  expect(await statusOf(second)).toBe(401);
});

test('a session ends with its key, at the latest after seven days', async () => {
  const hourMs = 3_600_000;
  const { key } = await server.makeKey({ role: 'admin', expiresAt: server.clock.now() + hourMs });
  const short = await login(key);
  const long = await login(server.keys.admin);
  const statusOf = async ({ cookie }: { cookie: string }): Promise<number> =>
    (await server.fetch('/session', { headers: { cookie } })).status;

  server.clock.advance(hourMs);
  const afterAnHour = [await statusOf(short), await statusOf(long)];
  server.clock.advance(7 * 24 * hourMs);

  expect(afterAnHour).toEqual([401, 200]);
  expect(await statusOf(long)).toBe(401);
});

test('a forged key gets no session', async () => {
  const response = await server.fetch('/session', { method: 'POST', body: { key: 'verve_forged' } });

  expect(response.status).toBe(401);
  expect(response.headers.get('set-cookie')).toBeNull();
});

test("a page of a sibling host cannot write with the visitor's session", async () => {
  const { cookie } = await login(server.keys.member);

  const response = await server.fetch('/session', {
    method: 'DELETE',
    headers: { cookie, 'sec-fetch-site': 'same-site' },
  });

  expect(response.status).toBe(403);
});

test.each([
  ['another host', () => 'http://evil.example', 403],
  ['another port', () => 'http://127.0.0.1:1', 403],
  ['nowhere', () => 'null', 403],
  ['this server', () => server.baseUrl, 204],
])(
  "where a browser tells the origin alone, the visitor's session is good for a page of %s: %#",
  async (_, origin, status) => {
    const { cookie } = await login(server.keys.member);

    const response = await server.fetch('/session', {
      method: 'DELETE',
      headers: { cookie, origin: origin() },
    });

    expect(response.status).toBe(status);
  },
);

test('so it is for a page of the address that people use', async () => {
  await using behindProxy = await testApp({ publicUrl: 'https://verve.example' });
  const given = await behindProxy.fetch('/session', {
    method: 'POST',
    body: { key: behindProxy.keys.member },
  });
  const cookie = given.headers.get('set-cookie')?.split(';')[0] ?? '';
  const end = (origin: string): Promise<Response> =>
    behindProxy.fetch('/session', { method: 'DELETE', headers: { cookie, origin } });

  expect((await end('https://evil.example')).status).toBe(403);
  expect((await end('https://verve.example')).status).toBe(204);
});
