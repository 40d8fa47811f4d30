import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loadConfig } from './config.ts';
import { secretFile } from './testing/forge-settings.ts';
import { temporaryFolder } from './testing/run.ts';
import { createWorkerKey, fetchWithFreshKey, readKey } from './worker-key.ts';

test('the key may stand in a file, and is read when it is asked for', async () => {
  await using folder = temporaryFolder();
  const file = join(folder.path, 'key');
  const config = loadConfig({ VERVE_KEY_FILE: file });

  const before = await readKey(config);
  secretFile(folder.path, 'key', 'from-file\n');

  expect(before.problem).toMatch(/^cannot be read: ENOENT.*key/);
  expect(await readKey(config)).toEqual({ value: 'from-file' });
});

test('a key that was given counts, whatever its file holds', async () => {
  expect(await readKey(loadConfig({ VERVE_KEY: 'k', VERVE_KEY_FILE: '/missing' }))).toEqual({ value: 'k' });
});

test.each([
  ['two\nlines', 'must hold one line of text'],
  ['bin\u0000ary', 'must hold one line of text'],
  ['with a space', 'has characters that no key has'],
  ['umlaut-ü', 'has characters that no key has'],
  [' \n', 'is empty'],
])('what can be no key is refused without being told: %j', async (key, why) => {
  await using folder = temporaryFolder();
  const file = secretFile(folder.path, 'key', key);

  const { problem } = await readKey(loadConfig({ VERVE_KEY_FILE: file }));

  expect(problem).toMatch(new RegExp(`^${why}.*: ${file}$`));
  expect(problem).not.toContain(key);
});

const init = { method: 'GET', headers: {} };

test.each([401, 403])(
  'a key that was refused with %i is read again, and the one before stays known',
  async (status) => {
    await using folder = temporaryFolder();
    const file = secretFile(folder.path, 'key', 'first');
    const key = createWorkerKey(loadConfig({ VERVE_KEY_FILE: file }), 'first');
    const fetch = fetchWithFreshKey(async () => Promise.resolve(new Response('', { status })), key);
    secretFile(folder.path, 'key', 'second');

    await fetch('http://verve.example', init);

    expect(key.current()).toBe('second');
    expect(key.all()).toEqual(['first', 'second']);
  },
);

test('a key that is taken is not read again', async () => {
  await using folder = temporaryFolder();
  const file = secretFile(folder.path, 'key', 'first');
  const key = createWorkerKey(loadConfig({ VERVE_KEY_FILE: file }), 'first');
  const fetch = fetchWithFreshKey(async () => Promise.resolve(new Response('')), key);
  secretFile(folder.path, 'key', 'second');

  await fetch('http://verve.example', init);

  expect(key.current()).toBe('first');
});

test('a file that is gone changes nothing', async () => {
  const key = createWorkerKey(loadConfig({ VERVE_KEY_FILE: '/no/such/key' }), 'first');

  await key.readAgain();

  expect(key.all()).toEqual(['first']);
});
