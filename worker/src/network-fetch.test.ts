import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createClient, limits, ServerUnreachable } from '@verve/contract';
import { expect, test } from 'vitest';

import { NetworkInvalid } from './authorities.ts';
import type { WorkerSettings } from './config.ts';
import { openServerFetch } from './network-fetch.ts';
import { createCertificate } from './testing/certificate.ts';
import { startFakeProxy } from './testing/fake-proxy.ts';
import { startFakeServer } from './testing/fake-server.ts';
import { secretFile } from './testing/forge-settings.ts';
import { temporaryFolder } from './testing/run.ts';

type Network = WorkerSettings['network'];

/** Asks a server who the key is of, and gives the name; as a worker with such settings asks. */
async function ask(baseUrl: string, network: Network): Promise<string> {
  await using way = await openServerFetch({ network });
  const client = createClient({ baseUrl, key: 'k', fetch: way.fetch });
  const { name } = await client.ask('getSession');
  return name;
}

test('a server with a certificate of an own authority is trusted by network.caFile alone', async () => {
  await using folder = temporaryFolder();
  const certificate = createCertificate();
  await using server = await startFakeServer(certificate);
  const caFile = join(folder.path, 'ca.pem');
  writeFileSync(caFile, certificate.cert);

  expect(await ask(server.url, { caFile })).toBe('k');
  await expect(ask(server.url, {})).rejects.toBeInstanceOf(ServerUnreachable);
});

test('a server is reached through network.proxy, but for the hosts of network.noProxy', async () => {
  await using folder = temporaryFolder();
  const certificate = createCertificate();
  await using server = await startFakeServer(certificate);
  await using plain = await startFakeServer();
  await using proxy = await startFakeProxy();
  const caFile = secretFile(folder.path, 'ca.pem', certificate.cert);
  const network = { caFile, proxy: proxy.url };

  const names = [await ask(server.url, network), await ask(plain.url, network)];
  const asked = [...proxy.asked];
  names.push(await ask(server.url, { ...network, noProxy: 'git.example,localhost' }));

  expect(names).toEqual(['k', 'k', 'k']);
  expect(asked).toEqual([new URL(server.url).host, `${plain.url}/api/v1/session`]);
  expect(proxy.asked).toEqual(asked);
});

test('a call that is given up ends, and so do all when the way is closed', async () => {
  await using server = await startFakeServer();
  const way = await openServerFetch({ network: {} });
  const client = createClient({ baseUrl: server.url, key: 'k', fetch: way.fetch });
  const { id } = await client.ask('registerWorker', {
    body: {
      name: 'w',
      version: '0',
      executor: 'process',
      capacity: 1,
      instance: 'i',
      agents: [],
      repositories: [],
    },
  });
  const query = { workerId: id, slots: '1', waitSeconds: String(limits.pollSeconds) };
  const given = new AbortController();

  const left = client.call('pollTasks', { query, signal: given.signal });
  const right = client.call('pollTasks', { query });
  given.abort(new Error('given up'));

  await expect(left).rejects.toThrow('given up');
  const broken = right.catch((error: unknown) => error);
  await way[Symbol.asyncDispose]();
  expect(await broken).toBeInstanceOf(ServerUnreachable);
});

test.each([
  ['is not there', undefined, 'ENOENT'],
  ['holds no certificate', 'hello', 'it holds no certificate'],
  ['holds a broken one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'cannot be used'],
])('a file of authorities that %s is told with the setting', async (_, text, why) => {
  await using folder = temporaryFolder();
  const caFile = join(folder.path, 'ca.pem');
  if (text !== undefined) writeFileSync(caFile, text);

  const opened = openServerFetch({ network: { caFile } });

  await expect(opened).rejects.toBeInstanceOf(NetworkInvalid);
  await expect(opened).rejects.toThrow(`"network.caFile" ${caFile}`);
  await expect(opened).rejects.toThrow(why);
});
