import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { answerGit } from './credential-helper.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-credential-'));
const passwordFile = join(folder, 'password');
const access = {
  credentials: [
    { prefix: 'https://git.example/acme', username: 'acme-bot', passwordFile },
    { prefix: 'https://git.example/acme/secret', username: 'other-bot', passwordFile },
  ],
};

beforeAll(() => writeFileSync(passwordFile, 'swordfish\n'));
afterAll(() => rmSync(folder, { recursive: true }));

function ask(host: string, path: string, ...more: string[]): string {
  const lines = ['protocol=https', `host=${host}`, `path=${path}`, ...more];
  return answerGit('get', `${lines.join('\n')}\n\n`, access);
}

test('a repository below the prefix is answered', () => {
  expect(ask('git.example', 'acme/app.git')).toBe('username=acme-bot\npassword=swordfish\n');
});

test('the longest prefix counts', () => {
  expect(ask('git.example', 'acme/secret/app.git')).toContain('username=other-bot\n');
});

test('a password that changes is read anew', () => {
  writeFileSync(passwordFile, 'new-one');

  expect(ask('git.example', 'acme/app.git')).toContain('password=new-one\n');
});

test.each([
  ['another host', 'evil.example', 'acme/app.git'],
  ['the same host on another port', 'git.example:8443', 'acme/app.git'],
  ['a user before the host', 'git.example@evil.example', 'acme/app.git'],
  ['a name that only begins the same', 'git.example', 'acme2/app.git'],
  ['a path that goes up', 'git.example', 'acme/../evil/app.git'],
  ['one that goes up in escapes', 'git.example', 'acme/%2e%2e/evil/app.git'],
  ['a part above the prefix', 'git.example', ''],
])('%s is not answered', (_, host, path) => {
  expect(ask(host, path)).toBe('');
});

test('nothing is answered over another protocol, for another user, or to store and erase', () => {
  const fields = 'host=git.example\npath=acme/app.git\n';

  expect(answerGit('get', `protocol=http\n${fields}`, access)).toBe('');
  expect(answerGit('store', `protocol=https\n${fields}`, access)).toBe('');
  expect(answerGit('erase', `protocol=https\n${fields}`, access)).toBe('');
  expect(ask('git.example', 'acme/app.git', 'username=somebody')).toBe('');
});

test.each([
  ['missing', undefined, 'cannot be read (ENOENT)'],
  ['empty', ' \n', 'is empty'],
  ['of two lines', 'swordfish\nhost=evil', 'must hold one line'],
])('a password file that is %s is named, without what is in it', (_, content, words) => {
  rmSync(passwordFile);
  if (content !== undefined) writeFileSync(passwordFile, content);

  let message = '';
  try {
    ask('git.example', 'acme/app.git');
  } catch (error) {
    message = String(error);
  }

  writeFileSync(passwordFile, 'swordfish');
  expect(message).toContain(words);
  expect(message).toContain(passwordFile);
  expect(message).not.toContain('swordfish');
});
