import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { SettingsInvalid, settingsTable } from '@verve/contract';
import { expect, test } from 'vitest';

import { loadConfig, workerSettings } from './config.ts';
import { refusedSettings } from './testing/refused-settings.ts';
import { temporaryFolder } from './testing/run.ts';

test('a worker needs a key and nothing else, and then allows no repository', () => {
  const { settings, secrets } = loadConfig({ VERVE_KEY: 'k' });

  expect(secrets.key).toBe('k');
  expect(JSON.stringify(settings)).not.toContain('"k"');
  expect(settings).toMatchObject({ repositories: [], agents: [{ name: 'demo', driver: 'demo' }] });
});

test('the key may stand in a file, which need not be there yet', () => {
  const { secrets, settings } = loadConfig({ VERVE_KEY_FILE: '/no/such/file' });

  expect({ ...secrets, keyFile: settings.keyFile }).toEqual({ key: undefined, keyFile: '/no/such/file' });
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
  (key) => {
    const load = (): unknown => loadConfig({ VERVE_KEY: key });

    expect(load).toThrow(/key: has characters that no key has/);
    expect(load).not.toThrow(key);
  },
);

test.each(refusedSettings)('what cannot work is refused at %s: %j', async (path, settings, why) => {
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
