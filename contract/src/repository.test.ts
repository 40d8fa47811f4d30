import { expect, test } from 'vitest';

import {
  branch,
  isBelow,
  isRepositoryPrefix,
  longestPrefix,
  patternToRegex,
  repository,
} from './repository.ts';

test.each([
  'https://git.example/acme/app.git',
  'https://git.example:8443/acme/app',
  'ssh://git@git.example/acme/app.git',
  'git@git.example:acme/app.git',
  'file:///srv/git/app.git',
  'https://GIT.example:443/acme/app/',
  'https://git.example/acme/my%20app/_git/..app...git',
  'ssh://git@git.example:2222/~ada/-app.git',
  'git@git.example:/srv/git/app.git',
  'https://git.example/größe/app.git',
])('accepts %s', (value) => {
  expect(repository.safeParse(value).success).toBe(true);
});

test.each([
  'http://git.example/acme/app.git',
  'https://token@git.example/acme/app.git',
  'https://user:secret@git.example/acme/app.git',
  'ssh://git:secret@git.example/acme/app.git',
  'https://git.example',
  'https:///app',
  'ext::sh -c id',
  '--upload-pack=id',
  '/srv/git/app.git',
  'git@git.example:acme/a b.git',
  'javascript:alert(1)//x',
  '',
  'https://git.example/acme/../other/app.git',
  'https://git.example/acme/./app.git',
  'https://git.example/acme/%2e%2E/other/app.git',
  'https://git.example/acme/.%2e/other/app.git',
  'https://git.example/acme/%252e%252e/other/app.git',
  'https://git.example/acme%2fapp.git',
  'https://git.example/acme//app.git',
  'https://git.example/acme/%zz',
  'https://git.example/acme/app.git?x=1',
  'https://git.example/acme/app.git#x',
  'https://git.example\\acme/app.git',
  'https://git.example/acme/a\u0007pp.git',
  'https://git.example/acme/\u202Etig.ppa',
  'https://git.example/acme/a\u200Bpp.git',
  'https://git.example/acme/%E2%80%AEtig.ppa',
  'https://git.example/acme/app%00.git',
  'ssh://-oProxyCommand=id/x',
  'ssh://git@-oProxyCommand=id/x',
  'ssh://-oProxyCommand=id@git.example/x',
  'git@-oProxyCommand:x',
  'git@git.example:-x',
  'git@git.example:acme/../other.git',
  'file:///srv/git/../other.git',
])('refuses %j', (value) => {
  expect(repository.safeParse(value).success).toBe(false);
});

test('says that credentials do not belong in an address', () => {
  const result = repository.safeParse('https://user:secret@git.example/acme/app.git');

  expect(result.error?.issues[0]?.message).toContain('must not carry credentials');
});

test.each([
  'https://git.example',
  'https://git.example/acme/',
  'ssh://git@git.example/acme',
  'file:///srv/git',
  'git@git.example:',
  'git@git.example:acme',
  'git@git.example:/srv/git/',
])('%s is a prefix of repositories', (value) => {
  expect(isRepositoryPrefix(value)).toBe(true);
});

test.each([
  '',
  'git.example',
  'git@git.example',
  'http://git.example',
  'git@git.example:a b',
  'git@a:b:c',
  'https://',
])('%j is no prefix of repositories', (value) => {
  expect(isRepositoryPrefix(value)).toBe(false);
});

test.each([
  ['https://git.example/acme/app', 'https://git.example'],
  ['https://git.example/acme/app', 'https://git.example/acme/'],
  ['https://git.example/acme/app', 'https://git.example/acme/app'],
  ['git@git.example:acme/app', 'git@git.example:'],
  ['git@git.example:acme/app', 'git@git.example:acme'],
  ['git@git.example:/srv/app', 'git@git.example:/srv'],
])('%s stands below %s', (address, prefix) => {
  expect(isBelow(address, prefix)).toBe(true);
});

test.each([
  ['https://git.example/acme2/app', 'https://git.example/acme'],
  ['https://git.example.evil/app', 'https://git.example'],
  ['https://git.example:8443/app', 'https://git.example'],
  ['https://git.example:8443/app', 'https://git.example:'],
  ['git@git.example:acme2/app', 'git@git.example:acme'],
  ['git@git.example.evil:app', 'git@git.example:'],
  ['root@git.example:acme/app', 'git@git.example:acme'],
])('%s does not stand below %s', (address, prefix) => {
  expect(isBelow(address, prefix)).toBe(false);
});

test('of two prefixes the longer one counts, in the scp form too', () => {
  const entries = [{ prefix: 'git@git.example:' }, { prefix: 'git@git.example:acme' }];

  expect(longestPrefix(entries, 'git@git.example:acme/app')).toBe(entries[1]);
  expect(longestPrefix(entries, 'git@git.example:other/app')).toBe(entries[0]);
  expect(longestPrefix(entries, 'git@another.example:acme/app')).toBeUndefined();
});

test.each([
  'main',
  'feature/x',
  'release-1.2',
  'a@b',
  'HEAD/x',
  'HEADS',
  'verve/tsk_01h455vb4pex5vsknk084sn02q',
  'ä',
])('branch %s is legal', (value) => {
  expect(branch.safeParse(value).success).toBe(true);
});

test.each([
  '',
  '-x',
  '/x',
  'x/',
  'x.',
  '.x',
  'a..b',
  'a//b',
  'a b',
  'a~1',
  'a^',
  'a:b',
  'a?',
  'a*',
  'a[b',
  'a\\b',
  'a@{b',
  'a.lock',
  'a.lock/b',
  'a/.b',
  'a\0b',
  'a\nb',
  '@',
  'HEAD',
])('branch %j is refused', (value) => {
  expect(branch.safeParse(value).success).toBe(false);
});

test('a pattern stays within a path segment with * and crosses them with **', () => {
  const one = patternToRegex('https://git.example/acme/*');
  const any = patternToRegex('https://git.example/**');

  expect(one.test('https://git.example/acme/app.git')).toBe(true);
  expect(one.test('https://git.example/acme/deep/app.git')).toBe(false);
  expect(any.test('https://git.example/acme/deep/app.git')).toBe(true);
  expect(one.test('https://gitXexample/acme/app.git')).toBe(false);
  expect(any.test('prefix https://git.example/x')).toBe(false);
});

test('a pattern matches what its regular expression does', () => {
  const texts = [
    '',
    'a',
    'b',
    '/',
    '*',
    'ab',
    'a/b',
    'aab',
    'a/a/b',
    'ab/ab',
    'a//b',
    'aa/ba/b',
    'a.b',
    'abab/b',
  ];
  const parts = ['', 'a', 'b', '/', '.', '*', '**', '***', 'a*', '*b', '/**', 'a/b'];
  const patterns = parts.flatMap((first) =>
    parts.flatMap((second) => parts.map((third) => first + second + third)),
  );

  for (const pattern of patterns) {
    const read = patternToRegex(pattern);
    const regex = new RegExp(read.source);

    const matched = texts.filter((text) => read.test(text));

    expect([pattern, matched]).toEqual([pattern, texts.filter((text) => regex.test(text))]);
  }
});

test('a pattern with many wildcards is done with at once', () => {
  const pattern = patternToRegex(`https://git.example/${'*a'.repeat(50)}b`);

  expect(pattern.test(`https://git.example/${'a'.repeat(200)}`)).toBe(false);
});
