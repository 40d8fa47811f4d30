import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RunAccess } from '@verve/contract';
import { expect, test } from 'vitest';

import { createForgeClient } from './forges/forge-client.ts';
import { startConnectProxy, type ConnectProxy } from './testing/connect-proxy.ts';
import { serveHttps, type HttpsRemote } from './testing/https-remote.ts';
import { createTestRun, type TestRun } from './testing/run.ts';

// How git and the forge's client take the same proxy and authority from access.json.

interface Started {
  readonly run: TestRun;
  readonly remote: HttpsRemote;
  readonly proxy: ConnectProxy;
  readonly access: RunAccess;
}

async function start(stack: AsyncDisposableStack): Promise<Started> {
  const run = stack.use(createTestRun());
  const remote = stack.use(await serveHttps(run.folder));
  const proxy = stack.use(await startConnectProxy());
  const [passwordFile, caFile] = ['password', 'authority.pem'].map((name) => join(run.folder, name)) as [
    string,
    string,
  ];
  writeFileSync(passwordFile, remote.login.password);
  writeFileSync(caFile, remote.authority);
  run.respec({
    repository: `${remote.url}/remote.git`,
    forge: { kind: 'gitea', apiUrl: `${remote.url}/api/v1` },
  });
  const access = {
    credentials: [{ prefix: remote.url, username: 'verve', passwordFile }],
    forgeTokenFile: passwordFile,
    caFile,
    proxy: proxy.url,
  };
  return { run, remote, proxy, access };
}

const endless = { untilMs: Infinity, signal: new AbortController().signal };

test('git and the forge are reached through the proxy, under the authority', async () => {
  await using stack = new AsyncDisposableStack();
  const { run, remote, proxy, access } = await start(stack);
  run.grant(access);

  const checkedOut = await run.run('checkout');
  const forCheckout = proxy.targets.length;
  remote.intercept = () => ({ status: 204 });
  const client = createForgeClient(run.input('publish'), (token) => `token ${token}`);
  const answer = await client({ method: 'GET', path: '/version' }, endless);

  expect(checkedOut).toMatchObject({ status: 'completed' });
  expect(answer.status).toBe(204);
  expect(forCheckout).toBeGreaterThan(0);
  expect(proxy.targets.length).toBeGreaterThan(forCheckout);
  expect(new Set(proxy.targets)).toEqual(new Set([new URL(remote.url).host]));
});

test('a host that is excepted is reached without it', async () => {
  await using stack = new AsyncDisposableStack();
  const { run, remote, proxy, access } = await start(stack);
  run.grant({ ...access, noProxy: 'localhost' });

  const checkedOut = await run.run('checkout');
  remote.intercept = () => ({ status: 204 });
  const client = createForgeClient(run.input('publish'), (token) => `token ${token}`);
  await client({ method: 'GET', path: '/version' }, endless);

  expect(checkedOut).toMatchObject({ status: 'completed' });
  expect(proxy.targets).toEqual([]);
});

test('an authority that is not named is not trusted, by the forge’s client neither', async () => {
  await using stack = new AsyncDisposableStack();
  const { run, access } = await start(stack);
  run.grant({ credentials: [], forgeTokenFile: access.forgeTokenFile ?? '' });

  const client = createForgeClient(run.input('publish'), (token) => `token ${token}`);

  await expect(client({ method: 'GET', path: '/version' }, endless)).rejects.toMatchObject({
    reason: 'PullRequestFailed',
    message: expect.stringContaining('network.caFile') as string,
  });
});
