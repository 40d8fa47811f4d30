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
