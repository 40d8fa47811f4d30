import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { runAccess } from '@verve/contract';
import { expect, test, vi } from 'vitest';

import { TokenDelayed } from './forge-tokens.ts';
import { startFakeGitHub, type FakeGitHub } from './testing/fake-github.ts';
import { startFakeServer, taskOf } from './testing/fake-server.ts';
import { forgeEntry, secretFile } from './testing/forge-settings.ts';
import { temporaryFolder } from './testing/run.ts';
import { startWorker, type TestWorkerOptions } from './testing/worker.ts';

const patience = { timeout: 60_000, interval: 20 };
const repository = 'https://github.com/acme/app';

vi.setConfig({ testTimeout: 120_000 });

function withApp(folder: string, url: string, github: FakeGitHub): TestWorkerOptions {
  const privateKeyFile = secretFile(folder, 'app.pem', github.privateKey);
  const app = { appId: github.appId, privateKeyFile };
  const forge = forgeEntry({ prefix: 'https://github.com', apiUrl: github.url, app });
  return { folder, url, repository, isScripted: true, settings: { forges: [forge], runLogs: 'full' } };
}

function install(github: FakeGitHub): void {
  const permissions = { metadata: 'read', contents: 'write', pull_requests: 'write' };
  github.installations = [{ id: 7, account: 'acme', repositories: ['app'], permissions }];
}

/** Sets `$f` to the file of the forge's token. */
const findFile = `f=$(sed 's/.*"forgeTokenFile":"\\([^"]*\\)".*/\\1/' "$VERVE_ACCESS_FILE")`;

test('publish reads the token of that time, which no log tells, and nothing of it stays', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  await using github = await startFakeGitHub();
  install(github);
  github.lifeMs = 2_000;
  const [access, tokens] = [join(folder.path, 'access'), join(folder.path, 'seen')];
  const checkout = `cat "$VERVE_ACCESS_FILE" > ${access}; ${findFile}; cat $f > ${tokens}`;
  const publish = `${findFile}; until ! grep -qf ${tokens} $f; do sleep 0.02; done; cat $f >> ${tokens}; cat ${tokens}`;
  await using _worker = await startWorker(withApp(folder.path, server.url, github));

  server.offer(taskOf({ repository, description: JSON.stringify({ checkout, publish }) }));
  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);

  const seen = readFileSync(tokens, 'utf8').trim().split('\n');
  const { credentials, forgeTokenFile } = runAccess.parse(JSON.parse(readFileSync(access, 'utf8')));
  expect(server.outcomes[0]).toMatchObject({ status: 'completed' });
  expect(seen).toHaveLength(2);
  expect(credentials).toEqual([
    { prefix: repository, username: 'x-access-token', passwordFile: forgeTokenFile },
  ]);
  expect(server.lines).toEqual(['[masked]', '[masked]']);
  await vi.waitFor(() => expect(readdirSync(join(folder.path, 'forge-tokens'))).toEqual([]), patience);
});

test('without a token nothing starts, and the outcome says what to change where', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  await using github = await startFakeGitHub();
  const ran = join(folder.path, 'ran');
  await using _worker = await startWorker(withApp(folder.path, server.url, github));

  server.offer(taskOf({ repository, description: JSON.stringify({ checkout: `touch ${ran}` }) }));
  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);

  expect(server.outcomes[0]).toMatchObject({ status: 'failed', reason: 'ConfigInvalid', lastSeq: 0 });
  expect(server.outcomes[0]?.message).toMatch(/App 4711 is not installed on acme\/app/);
  expect(server.phases).toEqual([]);
  expect(readdirSync(folder.path)).not.toContain('ran');
});

test('a forge that stays away gives the attempt back, in words that name it', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  await using github = await startFakeGitHub();
  const hold = async (): Promise<never> => {
    throw new TokenDelayed('api.github.com cannot be reached');
  };
  await using _worker = await startWorker({
    ...withApp(folder.path, server.url, github),
    wrap: (parts) => ({ ...parts, forgeTokens: { ...parts.forgeTokens, hold } }),
  });

  server.offer(taskOf({ repository, description: '{}' }));
  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);

  expect(server.outcomes[0]).toMatchObject({
    reason: 'Disrupted',
    message: 'the forge gave no token for a while: api.github.com cannot be reached',
  });
});

test('a run that outlives its worker finds its token in the same place, renewed by the next one', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  await using github = await startFakeGitHub();
  install(github);
  server.grants = false;
  const seen = join(folder.path, 'seen');
  const publish = `${findFile}; until grep -q 2 $f; do sleep 0.02; done; cat $f > ${seen}`;
  const options = withApp(folder.path, server.url, github);
  server.offer(taskOf({ repository, description: JSON.stringify({ publish }) }));
  {
    await using _first = await startWorker(options);
    await vi.waitFor(() => expect(server.phases).toContain('publish'), patience);
  }
  const between = readdirSync(join(folder.path, 'forge-tokens'));
  server.grants = true;

  await using _second = await startWorker(options);
  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);

  expect(between).toHaveLength(1);
  expect(server.outcomes[0]).toMatchObject({ status: 'completed' });
  expect(readFileSync(seen, 'utf8')).toMatch(/^ghs_0+2\n$/);
});
