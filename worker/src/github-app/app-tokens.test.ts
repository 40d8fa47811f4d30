import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { WorkerSettings } from '../config.ts';
import { TokenDelayed, TokenRefused, type MintedToken } from '../forge-tokens.ts';
import { startFakeGitHub, type FakeGitHub } from '../testing/fake-github.ts';
import { forgeEntry, secretFile, settingsWith } from '../testing/forge-settings.ts';
import { silent, temporaryFolder } from '../testing/run.ts';
import { createAppTokens } from './app-tokens.ts';

const granted = { metadata: 'read', contents: 'write', pull_requests: 'write' };
const address = 'https://github.com/acme/app.git';
const never = new AbortController().signal;

type Forge = WorkerSettings['forges'][number];

/** Settings with the fake's App for all of github.com. */
function settingsOf(folder: string, github: FakeGitHub, given: Partial<Forge> = {}): WorkerSettings {
  const privateKeyFile = secretFile(folder, 'app.pem', github.privateKey);
  const app = { appId: github.appId, privateKeyFile };
  const forge = { prefix: 'https://github.com', apiUrl: github.url, app, ...given };
  return settingsWith({ forges: [forgeEntry(forge)] });
}

function install(github: FakeGitHub, given: Partial<FakeGitHub['installations'][number]> = {}): void {
  github.installations = [
    { id: 7, account: 'acme', repositories: ['app', 'site'], permissions: granted, ...given },
  ];
}

async function mint(settings: WorkerSettings, repository = address): Promise<MintedToken> {
  return createAppTokens(settings, silent).mint(repository, never);
}

test('a token is for the one repository and for what runs do there, and is good for an hour', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  install(github);

  const { token, lifeMs } = await mint(settingsOf(folder.path, github));

  expect(token).toMatch(/^ghs_/);
  expect(lifeMs).toBeGreaterThan(3_590_000);
  expect(github.tokenRequests).toEqual([
    { installationId: 7, body: { repositories: ['app'], permissions: granted } },
  ]);
});

test('labels, teams and workflows take rights of their own, which nothing else asks for', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  const more = { issues: 'write', workflows: 'write', members: 'read' };
  install(github, { permissions: { ...granted, ...more } });
  const pullRequest = { draft: false, labels: ['ai'], reviewers: ['acme/core'], assignees: [] };

  await mint({ ...settingsOf(folder.path, github, { pullRequest }), mayChangeWorkflows: true });
  await mint(settingsOf(folder.path, github));

  expect(github.tokenRequests.map(({ body }) => body)).toEqual([
    { repositories: ['app'], permissions: { ...granted, ...more } },
    { repositories: ['app'], permissions: granted },
  ]);
});

test.each([-3_600_000, 3_600_000])(
  'a clock that is %d ms away from that of GitHub changes nothing',
  async (skewMs) => {
    await using folder = temporaryFolder();
    await using github = await startFakeGitHub();
    install(github);
    github.skewMs = skewMs;

    const { lifeMs } = await mint(settingsOf(folder.path, github));

    expect(Math.round(lifeMs / 60_000)).toBe(60);
  },
);

const another = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;

interface Refused {
  readonly what: string;
  readonly installation?: Partial<FakeGitHub['installations'][number]>;
  readonly repository?: string;
  readonly key?: string;
  readonly appId?: number;
  readonly says: RegExp;
}

const refusals: readonly Refused[] = [
  {
    what: 'an App that is not installed there',
    installation: { repositories: ['other'] },
    says: /App 4711 is not installed on acme\/app.*answers 404: Not Found.*; its owner installs the App/,
  },
  {
    what: 'a suspended installation',
    installation: { isSuspended: true },
    says: /for acme\/app is suspended; unsuspend it/,
  },
  {
    what: 'an installation with too few rights',
    installation: { permissions: { metadata: 'read', contents: 'read' } },
    says: /lacks "Contents: Read and write, Pull requests: Read and write"; add that/,
  },
  {
    what: "another App's key",
    key: another.export({ type: 'pkcs8', format: 'pem' }).toString(),
    says: /does not know the App 4711 by its private key.*privateKeyFile/,
  },
  { what: 'a file that holds no key', key: 'hello', says: /is no private key: .*app.pem; make one/ },
  {
    what: 'a key of another kind',
    key: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    says: /is no RSA key/,
  },
  { what: "another App's number", appId: 4712, says: /has no App 4712 .*; check "app.appId"/ },
  {
    what: 'an address that is none of GitHub',
    repository: 'https://github.com/acme',
    says: /does not end in owner and name/,
  },
];

test.each(refusals)(
  '$what is refused with what to change',
  async ({ installation, repository, key, appId, says }) => {
    await using folder = temporaryFolder();
    await using github = await startFakeGitHub();
    install(github, installation);
    const privateKeyFile = join(folder.path, 'app.pem');
    const settings = settingsOf(folder.path, github, {
      app: { appId: appId ?? github.appId, privateKeyFile },
    });
    if (key !== undefined) writeFileSync(privateKeyFile, key);

    const refused = mint(settings, repository);

    await expect(refused).rejects.toThrow(says);
    await expect(refused).rejects.toBeInstanceOf(TokenRefused);
  },
);

test('a forge that is away, busy or cannot be reached is a matter of time, and distrust is none', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  install(github);
  const settings = settingsOf(folder.path, github);
  github.failures = 1;

  await expect(mint(settings)).rejects.toThrow(/answers 503: Service unavailable/);
  await expect(mint(settingsOf(folder.path, github, { apiUrl: 'http://127.0.0.1:1' }))).rejects.toThrow(
    TokenDelayed,
  );
  await expect(mint({ ...settings, network: { caFile: '/no/such/file' } })).rejects.toThrow(
    /"network.caFile" .* cannot be used: .*ENOENT/,
  );
  await expect(mint({ ...settings, network: { caFile: '/no/such/file' } })).rejects.toThrow(TokenRefused);
});
