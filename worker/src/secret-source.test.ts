import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pino } from 'pino';
import { expect, test } from 'vitest';

import { loadConfig, type WorkerSettings } from './config.ts';
import { createSecretSource, type SecretSource } from './secret-source.ts';
import { silent, temporaryFolder } from './testing/run.ts';

let nowMs = 0;

function sourceOf(settings: Partial<WorkerSettings>, logger = silent): SecretSource {
  const usual = loadConfig({ VERVE_KEY: 'k' }).settings;
  return createSecretSource({
    settings: { ...usual, ...settings },
    key: { all: () => ['the-worker-key'] },
    now: () => nowMs,
    logger,
  });
}

function credentialOf(passwordFile: string): WorkerSettings['credentials'][number] {
  return { prefix: 'https://git.example', username: 'verve', passwordFile };
}

test('every secret of the settings is known', async () => {
  await using folder = temporaryFolder();
  const file = (name: string): string => {
    writeFileSync(join(folder.path, name), `content of ${name}`);
    return join(folder.path, name);
  };
  const pullRequest = { draft: false, labels: [], reviewers: [], assignees: [] };
  const source = sourceOf({
    credentials: [credentialOf(file('password'))],
    forges: [{ prefix: 'https://git.example', kind: 'gitea', tokenFile: file('token'), pullRequest }],
    agents: [
      {
        name: 'a',
        driver: 'claude',
        modelHost: { keyFile: file('host-key') },
        environment: { MODEL_API_KEY: 'a key', LANG: 'de_DE' },
        environmentFiles: { OTHER: file('model-key') },
        stallSeconds: 600,
      },
    ],
    gitEnvironment: { GIT_PASSWORD: 'a password', GIT_TRACE: '1' },
    network: { proxy: 'http://ada:p%40ss@proxy:3128' },
  });

  expect(new Set(await source.current())).toEqual(
    new Set([
      'the-worker-key',
      'content of password',
      'content of token',
      'content of model-key',
      'content of host-key',
      'a key',
      'a password',
      'p%40ss',
      'p@ss',
    ]),
  );
});

test('a file that changed is read again after a second', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'password');
  writeFileSync(path, 'old');
  const source = sourceOf({ credentials: [credentialOf(path)] });
  const before = await source.current();
  writeFileSync(path, 'newer');

  const soon = await source.current();
  nowMs += 1_000;
  const later = await source.current();

  expect([before, soon, later].map((values) => values.at(-1))).toEqual(['old', 'old', 'newer']);
});

test('a file that cannot be read is told once, and what it held is remembered', async () => {
  await using folder = temporaryFolder();
  const told: string[] = [];
  const path = join(folder.path, 'password');
  writeFileSync(path, 'old');
  const source = sourceOf(
    { credentials: [credentialOf(path)] },
    pino({ base: null }, { write: (line) => void told.push(line) }),
  );
  await source.current();
  rmSync(path);

  for (let n = 0; n < 3; n++) {
    nowMs += 1_000;
    expect((await source.current()).at(-1)).toBe('old');
  }

  expect(told).toHaveLength(1);
  expect(told[0]).toContain('secret cannot be read; masked is what its file held before');
});

test('a token that the worker takes itself is secret at once', async () => {
  const taken = ['first'];
  const settings = loadConfig({ VERVE_KEY: 'k' }).settings;
  const forgeTokens = { secrets: () => taken };
  const source = createSecretSource({
    settings,
    key: { all: () => ['k'] },
    forgeTokens,
    now: () => 0,
    logger: silent,
  });
  const before = await source.current();
  taken.push('second');

  const after = await source.current();

  expect([before, after]).toEqual([
    ['k', 'first'],
    ['k', 'first', 'second'],
  ]);
});
