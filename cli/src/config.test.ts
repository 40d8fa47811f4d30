import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readEnvironment, readLogin, removeLogin, settleConnection, writeLogin } from './config.ts';
import { UsageError } from './exit-codes.ts';

const saved = { url: 'https://saved.example', key: 'saved' };

test('flags win over the environment, the environment over the login', () => {
  const environment = readEnvironment({ VERVE_URL: 'https://env.example', VERVE_KEY: 'env' });
  const bare = readEnvironment({});

  const flags = settleConnection({ url: 'https://flag.example/', key: 'flag' }, environment, saved);

  expect(flags).toEqual({ url: 'https://flag.example', urlOrigin: 'flag', key: 'flag' });
  expect(settleConnection({}, environment, saved)).toMatchObject({ url: 'https://env.example', key: 'env' });
  expect(settleConnection({}, bare, saved)).toMatchObject({ ...saved, urlOrigin: 'login' });
  expect(settleConnection({}, bare, undefined)).toMatchObject({
    url: 'http://localhost:8080',
    key: undefined,
  });
});

test('a saved key goes to no other server than its own', () => {
  const connection = settleConnection({ url: 'https://other.example' }, readEnvironment({}), saved);

  expect(connection.key).toBeUndefined();
});

test('an address that is none is refused with its origin', () => {
  const environment = readEnvironment({ VERVE_URL: 'localhost:8080' });

  expect(() => settleConnection({}, environment, undefined)).toThrow(/VERVE_URL must be an http/);
});

test.each(['ключ', 'first\nsecond', 'two words', ''])('%j is no key, and is not repeated', (key) => {
  const settle = (): unknown => settleConnection({ key }, readEnvironment({}), undefined);

  expect(settle).toThrow(UsageError);
  expect(settle).toThrow(/^--key has characters that no key has|^--key is empty/);
  if (key !== '') expect(settle).not.toThrow(key);
});

test('a key that can be none is told with its origin', () => {
  const environment = readEnvironment({ VERVE_KEY: 'ключ' });

  expect(() => settleConnection({}, environment, undefined)).toThrow(/^VERVE_KEY has characters/);
  expect(settleConnection({ key: 'good' }, environment, undefined).key).toBe('good');
});

test('an address with a password in it is refused without repeating it', () => {
  const settle = (): unknown =>
    settleConnection({ url: 'https://me:secret@verve.example' }, readEnvironment({}), undefined);

  expect(settle).toThrow(/--url must be without user and password/);
  expect(settle).not.toThrow(/secret/);
});

test('a login is kept for its user alone, and forgotten on demand', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'verve-cli-')), 'verve', 'login.json');

  await writeLogin(file, saved);

  expect(await readLogin(file)).toEqual(saved);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await removeLogin(file)).toBe(true);
  expect(await removeLogin(file)).toBe(false);
  expect(await readLogin(file)).toBeUndefined();
});

test('a damaged login file says what to do', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'verve-cli-')), 'login.json');
  writeFileSync(file, '{');

  await expect(readLogin(file)).rejects.toThrow(UsageError);
  await expect(readLogin(file)).rejects.toThrow(/verve logout/);
});
