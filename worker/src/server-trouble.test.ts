import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createClient } from '@verve/contract';
import { expect, test } from 'vitest';

import { openServerFetch } from './network-fetch.ts';
import { keyFix, serverTrouble, type ServerTrouble } from './server-trouble.ts';
import { createCertificate } from './testing/certificate.ts';
import { startFakeProxy } from './testing/fake-proxy.ts';
import { startFakeServer } from './testing/fake-server.ts';
import { wayTrouble } from './way-trouble.ts';

interface Place {
  readonly serverUrl: string;
  readonly network: { readonly proxy?: string };
}

/** What asking comes to. */
async function troubleAt(serverUrl: string, network: Place['network'] = {}): Promise<ServerTrouble> {
  await using way = await openServerFetch({ network });
  const client = createClient({ baseUrl: serverUrl, key: 'k', fetch: way.fetch });
  const error: unknown = await client.ask('getSession').then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return serverTrouble(error, { serverUrl, network, keyFile: undefined });
}

/** Something that answers everything alike and is no server of Verve. */
async function startAnother(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a key that the server does not take is told with how to make one', async () => {
  await using server = await startFakeServer();
  server.role = undefined;

  expect(await troubleAt(server.url)).toEqual({
    isOfKey: true,
    message: 'the server does not take the key: no such key',
    fix: expect.stringContaining('verve key create --role worker') as string,
  });
});

test.each([
  [undefined, 'Give it in VERVE_KEY, and restart the worker.'],
  ['/keys/verve', 'Write it into /keys/verve, which is read again.'],
  ['/etc/verve/secrets/verve/key', 'kubectl create secret generic verve --from-file=key=…'],
])('where the key stands in %s it is mended there', (keyFile, how) => {
  expect(keyFix({ keyFile })).toContain(how);
});

test.each([
  ['a host that is not there', 'http://nowhere.invalid', /^cannot reach .*: .*nowhere\.invalid$/],
  ['a port where nothing listens', 'http://127.0.0.1:9', /^cannot reach http:\/\/127\.0\.0\.1:9: /],
])('%s is told with the address', async (_, url, message) => {
  const trouble = await troubleAt(url);

  expect(trouble.message).toMatch(message);
  expect(trouble.fix).toContain('"serverUrl" (VERVE_SERVER_URL)');
});

test.each([
  [404, '<html>', ' answers 404, and not as a Verve server does'],
  [403, '<html>', ' answers 403, and not as a Verve server does'],
  [200, '<html>', ': the answer is not JSON'],
  [200, '{}', ': the answer to getSession is not as agreed'],
])('what answers %i with %s is told to be no server of Verve', async (status, body, message) => {
  await using another = await startAnother(status, body);

  const trouble = await troubleAt(another.url);

  expect(trouble).toMatchObject({ isOfKey: false });
  expect(trouble.message).toContain(`${another.url}${message}`);
  expect(trouble.fix).toContain('"serverUrl" (VERVE_SERVER_URL)');
});

test('a redirect is told, and not followed: it would lose the key', async () => {
  await using server = await startFakeServer();
  await using another = await startAnother(308, '', { location: `${server.url}/api/v1/session` });

  const { message, fix } = await troubleAt(another.url);

  expect(message).toBe(`cannot reach ${another.url}: unexpected redirect`);
  expect(fix).toContain('"serverUrl" (VERVE_SERVER_URL)');
  expect(server.requests).toBe(0);
});

test('a certificate that nobody vouches for leads to network.caFile', async () => {
  await using server = await startFakeServer(createCertificate());

  const { message, fix } = await troubleAt(server.url);

  expect(message).toMatch(/^the certificate of https:\/\/localhost:\d+ is not trusted: .*CERT/);
  expect(fix).toContain('"network.caFile"');
});

test('what a proxy does is told with network.proxy, without its login', async () => {
  await using server = await startFakeServer(createCertificate());
  await using proxy = await startFakeProxy({ refusal: 407 });
  const address = proxy.url.replace('//', '//ann:word@');

  const refused = await troubleAt(server.url, { proxy: address });
  const plain = await troubleAt('http://verve.example', { proxy: proxy.url });
  const away = await troubleAt(server.url, { proxy: 'http://ann:word@127.0.0.1:9' });

  expect(refused.message).toContain(`cannot reach ${server.url}: UND_ERR_ABORTED: Proxy response (407)`);
  expect(plain.message).toMatch(/^cannot reach http:\/\/verve.example: .*Proxy Authentication Required/);
  expect(away.message).toContain('127.0.0.1:9');
  for (const { fix } of [refused, plain, away]) {
    expect(fix).toMatch(/"network.proxy" \(http:\/\/127.0.0.1:\d+\).*"network.noProxy"/);
  }
  expect(JSON.stringify([refused, plain, away])).not.toContain('word');
});

test('a certificate whose authority is not sent along is distrusted, too', () => {
  const cause = Object.assign(new Error('unable to verify the first certificate'), {
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });

  expect(wayTrouble(new TypeError('fetch failed', { cause }))).toMatchObject({ isDistrust: true });
});
