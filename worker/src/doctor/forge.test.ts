import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { WorkerSettings } from '../config.ts';
import { createCertificate } from '../testing/certificate.ts';
import { startFakeForge } from '../testing/fake-forge.ts';
import { startFakeProxy } from '../testing/fake-proxy.ts';
import { forgeEntry, secretFile, settingsWith } from '../testing/forge-settings.ts';
import { temporaryFolder } from '../testing/run.ts';
import { checkForges } from './forge.ts';

const never = new AbortController().signal;

/** What is found, a line each: its mark, its words, and its fix. */
async function findings(settings: WorkerSettings): Promise<readonly string[]> {
  const found = await checkForges(settings, never);
  expect(found.every(({ state, fix }) => state === 'ok' || fix !== undefined)).toBe(true);
  return found.map(
    ({ state, message, fix }) => `${state}: ${message}${fix === undefined ? '' : ` → ${fix}`}`,
  );
}

test('a forge is asked through the proxy of the settings, and trusted by their authorities', async () => {
  await using folder = temporaryFolder();
  const certificate = createCertificate();
  await using forge = await startFakeForge({
    token: 't',
    answers: { '/user': { login: 'bot' } },
    certificate,
  });
  await using proxy = await startFakeProxy();
  const caFile = join(folder.path, 'ca.pem');
  writeFileSync(caFile, certificate.cert);
  const tokenFile = secretFile(folder.path, 'token', 't');
  const entry = forgeEntry({ prefix: 'https://git.example', kind: 'gitea', apiUrl: forge.url, tokenFile });
  const settings = settingsWith({ forges: [entry], network: { caFile, proxy: proxy.url } });

  const trusted = await findings(settings);
  const asked = [...proxy.asked];
  const direct = await findings({ ...settings, network: { ...settings.network, noProxy: 'localhost' } });
  const distrusted = await findings({ ...settings, network: { proxy: proxy.url } });
  const unread = await findings({ ...settings, network: { caFile: '/no/such/file' } });

  expect(trusted).toEqual([`ok: ${forge.url}/user: "bot"`]);
  expect(asked).toEqual([new URL(forge.url).host]);
  expect(direct).toEqual(trusted);
  expect(distrusted[0]).toMatch(/^failed: cannot reach .*CERT.* → Name the authority .*"network.caFile"/);
  expect(unread[0]).toMatch(/^failed: no forge was asked: "network.caFile" \/no\/such\/file cannot be used/);
  expect(proxy.asked).toHaveLength(2);
});

test('each token is asked about once, by whatever prefixes it is used; a forge without one is told', async () => {
  await using folder = temporaryFolder();
  await using forge = await startFakeForge({ token: 't', answers: { '/user': { login: 'bot' } } });
  const passwordFile = secretFile(folder.path, 'password', 't');
  const entry = { kind: 'gitea' as const, apiUrl: forge.url };
  const settings = settingsWith({
    forges: [
      forgeEntry({ prefix: 'https://a.example', ...entry }),
      forgeEntry({ prefix: 'https://b.example', ...entry, apiUrl: `${forge.url}/b` }),
    ],
    credentials: ['https://a.example/x', 'https://a.example/y'].map((prefix) => ({
      prefix,
      username: 'verve',
      passwordFile,
    })),
  });

  expect(await findings(settings)).toEqual([
    expect.stringMatching(/^failed: https:\/\/b.example: there is no token → Name one in "tokenFile"/),
    `ok: ${forge.url}/user: "bot"`,
  ]);
});

test('a forge that is away or none, and a file without a token, are told', async () => {
  await using folder = temporaryFolder();
  await using forge = await startFakeForge({ token: 't', answers: { '/user': { name: 'x' } } });
  const tokenFile = secretFile(folder.path, 'token', 't');
  const prefixes = ['https://a.example', 'https://b.example', 'https://c.example', 'https://d.example'];
  const [away, none, empty, another] = [
    { apiUrl: 'http://localhost:1', tokenFile },
    { apiUrl: forge.url, tokenFile },
    { apiUrl: forge.url, tokenFile: secretFile(folder.path, 'empty', '') },
    { apiUrl: forge.url, tokenFile: secretFile(folder.path, 'another', 'no') },
  ].map((given, n) => forgeEntry({ prefix: prefixes[n] ?? '', kind: 'gitea', ...given }));
  const forges = [away, none, empty, another].filter((one) => one !== undefined);

  expect(await findings(settingsWith({ forges }))).toEqual([
    expect.stringMatching(/^failed: cannot reach http:\/\/localhost:1: .* → Check "apiUrl"/),
    expect.stringMatching(/^failed: .*\/user answers 200, not as a forge of this kind.* → Check "kind"/),
    expect.stringMatching(/^failed: https:\/\/c.example: the token is empty/),
    expect.stringMatching(/^failed: .*\/user does not accept the token \(401\) → Make a token/),
  ]);
});

test('what keeps a repository of Gitea from pull requests is told where it is named whole', async () => {
  await using folder = temporaryFolder();
  const usual = { archived: false, empty: false, has_pull_requests: true, permissions: { push: true } };
  await using forge = await startFakeForge({
    token: 't',
    answers: {
      '/user': { login: 'bot' },
      '/repos/acme/app': usual,
      '/repos/acme/old': { ...usual, archived: true, empty: true },
      '/repos/acme/read': { ...usual, permissions: { push: false }, has_pull_requests: false },
      '/repos/acme/shut': 403,
    },
  });
  const tokenFile = secretFile(folder.path, 'token', 't');
  const entry = forgeEntry({ prefix: 'https://git.example', kind: 'gitea', apiUrl: forge.url, tokenFile });
  const names = ['app', 'old.git', 'read', 'shut', 'none'];
  const repositories = [
    ...names.map((name) => `https://git.example/acme/${name}`),
    'https://git.example/other/*',
  ];

  expect(await findings(settingsWith({ forges: [entry], repositories }))).toEqual([
    `ok: ${forge.url}/user: "bot"`,
    'ok: https://git.example/acme/app: the user of the token may push',
    expect.stringMatching(/^failed: .*\/old.git is archived → Unarchive it/),
    expect.stringMatching(/^failed: .*\/old.git is empty → Push a first commit/),
    expect.stringMatching(/^failed: .*\/read: the user of the token may not push → Give the user/),
    expect.stringMatching(/^failed: .*\/read takes no pull requests → Turn them on/),
    expect.stringMatching(/^failed: .*\/shut: the token may not read it: the words of 403 → Make a token/),
    expect.stringMatching(/^failed: .*\/none: there is no such repository for the token → Give/),
  ]);
});
