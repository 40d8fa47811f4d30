import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { SettingsInvalid, settingsTable } from '@verve/contract';
import { expect, test } from 'vitest';

import { loadConfig, workerSettings } from './config.ts';
import { temporaryFolder } from './testing/run.ts';

test('a worker needs a key and nothing else, and then allows no repository', () => {
  const { settings, secrets } = loadConfig({ VERVE_KEY: 'k' });

  expect(secrets.key).toBe('k');
  expect(JSON.stringify(settings)).not.toContain('"k"');
  expect(settings).toMatchObject({ repositories: [], agents: [{ name: 'demo', driver: 'demo' }] });
});

test('the key may stand in a file', async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'key');
  writeFileSync(file, 'from-file\n');

  expect(loadConfig({ VERVE_KEY_FILE: file }).secrets.key).toBe('from-file');
});

test('every problem is told at once, with its path', async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'worker.yaml');
  writeFileSync(file, 'agents:\n  - { name: x, driver: command }\ncapacitty: 3\n');

  const load = (): unknown => loadConfig({ VERVE_CONFIG: file, VERVE_CAPACITY: '0', VERVE_SERVER_URL: 'x' });

  expect(load).toThrow(SettingsInvalid);
  expect(load).toThrow(/agents\.0\.command/);
  expect(load).toThrow(/capacitty/);
  expect(load).toThrow(/capacity \(VERVE_CAPACITY\)/);
  expect(load).toThrow(/key: is needed/);
  expect(load).toThrow(/serverUrl \(VERVE_SERVER_URL\)/);
});

test.each(['two\nlines', 'with a space', 'bin\u0000ary', 'umlaut-ü'])(
  'what can be no key is refused without being told: %j',
  async (key) => {
    await using folder = temporaryFolder();
    const file = join(folder.path, 'key');
    writeFileSync(file, key);

    const load = (): unknown => loadConfig({ VERVE_KEY_FILE: file });

    expect(load).toThrow(/keyFile: has characters that no key has/);
    expect(load).not.toThrow(key);
  },
);

test.each([
  [
    'agents',
    {
      agents: [
        { name: 'a', driver: 'demo' },
        { name: 'a', driver: 'demo' },
      ],
    },
    'must not have two of the same name',
  ],
  [
    'agents.0.command',
    { agents: [{ name: 'a', driver: 'demo', command: ['x'] }] },
    'is for the driver "command" alone',
  ],
  ['repositories.0', { repositories: ['https://me:secret@git.example/**'] }, 'must not carry a login'],
  ['repositories.0', { repositories: ['https://token@git.example/**'] }, 'must not carry a login'],
  [
    'credentials.0.prefix',
    { credentials: [{ prefix: 'https://me:secret@git.example', passwordFile: '/p' }] },
    'must not carry a login',
  ],
  ['serverUrl', { serverUrl: 'ftp://verve.example' }, 'must be an http or https URL'],
  ['serverUrl', { serverUrl: 'https://me:secret@verve.example' }, 'must not carry a login'],
  [
    'agents.0.modelHost.baseUrl',
    { agents: [{ name: 'a', driver: 'pi', model: 'm' }] },
    'is needed by the drivers "opencode", "qwen", "pi"',
  ],
  [
    'agents.0.modelHost.baseUrl',
    { agents: [{ name: 'a', driver: 'claude', modelHost: { baseUrl: 'https://secret@host.example' } }] },
    'must not carry a login',
  ],
  [
    'agents.0.maxCostUsd',
    { agents: [{ name: 'a', driver: 'codex', model: 'm', maxCostUsd: 1 }], prices: {} },
    'cannot be kept without an entry of "prices"',
  ],
  [
    'forges.0.pullRequest.title',
    { forges: [{ prefix: 'https://github.com', pullRequest: { title: '{titel}: {title}' } }] },
    'may have {title}, {task} and {agent}',
  ],
  [
    'forges',
    { forges: [{ prefix: 'https://github.com' }, { prefix: 'https://github.com' }] },
    'must not have two of the same prefix',
  ],
  [
    'forges.0.kind',
    { forges: [{ prefix: 'https://github.com', kind: 'gitlab' }] },
    'is not what stands behind the prefix',
  ],
  [
    'forges.0.kind',
    { forges: [{ prefix: 'https://git.example', kind: 'none', tokenFile: '/t' }] },
    'opens nothing',
  ],
  ['agentCommand', { executor: 'kubernetes', agentCommand: ['x'] }, 'is for the executor "process" alone'],
  [
    'kubernetes.podTemplate.spec.hostNetwork',
    { kubernetes: { podTemplate: { spec: { hostNetwork: true } } } },
    'is what runs stand on',
  ],
  ['network.proxy', { network: { proxy: 'socks5://proxy.example' } }, 'must be an http or https URL'],
])('what cannot work is refused at %s: %j', async (path, settings, why) => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'worker.yaml');
  writeFileSync(file, JSON.stringify({ key: 'k', ...settings }));

  const load = (): unknown => loadConfig({ VERVE_CONFIG: file });

  expect(load).toThrow(`${path}: ${why}`);
  expect(load).not.toThrow('secret');
});

test('a forge may be for repositories in the scp form, and then says where its API is', async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'worker.yaml');
  const load = (forge: object): unknown => {
    writeFileSync(file, JSON.stringify({ key: 'k', forges: [forge] }));
    return loadConfig({ VERVE_CONFIG: file }).settings.forges;
  };
  const scp = { prefix: 'git@git.example:acme', kind: 'gitea', tokenFile: '/token' };

  expect(load({ ...scp, apiUrl: 'https://git.example/api/v1' })).toMatchObject([scp]);
  expect(() => load(scp)).toThrow(/forges\.0\.apiUrl.*is needed/);
  expect(() => load({ ...scp, prefix: 'ssh://git@git.example' })).toThrow(/forges\.0\.apiUrl.*is needed/);
  expect(() => load({ ...scp, prefix: 'git.example' })).toThrow(/forges\.0\.prefix/);
});

test('variables that are no settings are named', () => {
  const { unknownVariables } = loadConfig({ VERVE_KEY: 'k', VERVE_LOG_LEVEL: 'warn', VERVE_CAPACTY: '3' });

  expect(unknownVariables).toEqual(['VERVE_CAPACTY']);
});

test('docs/worker-settings.md says what can be set (vitest -u writes it anew)', async () => {
  const head = `# Settings of the worker

Each can stand in the YAML file that \`VERVE_CONFIG\` names, or in its own environment variable, which wins. Made from the schema in
\`worker/src/config.ts\`.

`;

  await expect(`${head}${settingsTable(workerSettings)}`).toMatchFileSnapshot(
    '../../docs/worker-settings.md',
  );
});
