import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { ApiError, callUrl, createClient, ServerUnreachable, type Client } from './client.ts';
import { limits } from './limits.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** A client of a real HTTP server that gives one answer. */
async function answering(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<Client> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return createClient({ baseUrl: `http://127.0.0.1:${port}/`, key: 'k', fetch });
}

test('fills path and query', () => {
  const url = callUrl('http://verve.example/', 'readLogs', {
    params: { id: 'a/b' },
    query: { limit: '5', q: 'x&y' },
  });

  expect(url).toBe('http://verve.example/api/v1/tasks/a%2Fb/logs?limit=5&q=x%26y');
});

test('an error answer carries code, details, conflict and when to come back', async () => {
  const body = { error: { code: 'Conflict', message: 'no', conflict: { kind: 'Hole', expectedSeq: 4 } } };
  const client = await answering(409, JSON.stringify(body), { 'retry-after': '7' });

  const error = await client.call('listProjects').catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 409,
    code: 'Conflict',
    conflict: { expectedSeq: 4 },
    retryAfterSeconds: 7,
  });
});

test('a proxy that answers with a page of its own is no crash', async () => {
  const client = await answering(502, '<html>bad gateway</html>');

  await expect(client.call('listProjects')).rejects.toMatchObject({ code: 'Unknown', isTransient: true });
});

test.each(['<html>', '{"projects": 1}'])(
  'an answer that is not as agreed is ServerUnreachable: %s',
  async (body) => {
    const client = await answering(200, body);

    await expect(client.call('listProjects')).rejects.toBeInstanceOf(ServerUnreachable);
  },
);

test('a poll that ends empty is undefined', async () => {
  const client = await answering(204, '');

  await expect(client.call('pollTasks', { query: { workerId: 'wrk_x' } })).resolves.toBeUndefined();
});

test('a server that is away is ServerUnreachable and names its address', async () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:1', key: 'k', fetch });

  await expect(client.call('listProjects')).rejects.toThrow(/cannot reach http:\/\/127\.0\.0\.1:1/);
});

test('a body that is too large is refused before it is sent', async () => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:1', key: 'k', fetch });
  const body = { repository: 'https://git.example/a', description: 'x'.repeat(limits.personBodyBytes) };

  const call = client.call('createTask', { body });

  await expect(call).rejects.toMatchObject({ status: 413, message: 'the body is too large: at most 1 MiB' });
});

test('a key that is asked for is asked for at each call', async () => {
  const keys = ['first', 'second', 'no key'];
  const sent: (string | undefined)[] = [];
  const client = createClient({
    baseUrl: 'http://verve.example',
    key: () => keys.shift() ?? '',
    fetch: async (_url, { headers }) => {
      sent.push(headers['authorization']);
      return Promise.resolve(new Response('{"projects":[]}'));
    },
  });

  await client.call('listProjects');
  await client.call('listProjects');

  expect(sent).toEqual(['Bearer first', 'Bearer second']);
  await expect(client.call('listProjects')).rejects.toThrow(TypeError);
});

test('an abort is the reason of its signal', async () => {
  const client = await answering(200, '{}');
  const signal = AbortSignal.abort(new Error('stopped'));

  await expect(client.call('listProjects', { signal })).rejects.toThrow('stopped');
});
