import { expect, test } from 'vitest';

import { loadConfig, type WorkerSettings } from './config.ts';
import { denialOf } from './policy.ts';

function settingsOf(repositories: readonly string[]): WorkerSettings {
  const { settings } = loadConfig({ VERVE_KEY: 'k' });
  return { ...settings, repositories: [...repositories] };
}

const settings = settingsOf([
  'https://git.example/acme/**',
  'ssh://git@git.example/acme/*',
  'git@git.example:acme/**',
  'file:///srv/git/acme/**',
]);

test.each([
  'https://git.example/acme/app.git',
  'https://git.example/acme/deep/er/app',
  'https://git.example/acme/a%20b.git',
  'https://git.example/acme/..app',
  'ssh://git@git.example/acme/app.git',
  'git@git.example:acme/app.git',
  'file:///srv/git/acme/app.git',
])('%s is allowed', (repository) => {
  expect(denialOf(settings, { repository })).toBeUndefined();
});

test.each([
  'https://git.example/other/app.git',
  'https://git.example/acme2/app.git',
  'https://git.example/ACME/app.git',
  'https://git.example.evil.example/acme/app.git',
  'https://evil.example/https://git.example/acme/app.git',
  'https://git.example/acme/../other/app.git',
  'https://git.example/acme/x/../../other/app.git',
  'https://git.example/acme/./../other/app.git',
  'https://git.example/acme/%2e%2e/other/app.git',
  'https://git.example/acme/.%2E/other/app.git',
  'https://git.example/acme/%252e%252e/other/app.git',
  'https://git.example/acme/..%2fother/app.git',
  'https://git.example/acme/..\\other/app.git',
  'https://git.example/acme/%zz/app.git',
  'https://git.example/acme//app.git',
  'https://git.example/acme/app.git?x=/other',
  'https://git.example/acme/app.git#../other',
  'https://user@git.example/acme/app.git',
  'https://user:word@git.example/acme/app.git',
  'https://git.example/acme/@evil.example/../../x',
  'https://git.example\\@evil.example/acme/app.git',
  'http://git.example/acme/app.git',
  'HTTPS://git.example/acme/app.git',
  'ssh://git@git.example/acme/deep/app.git',
  'ssh://git@git.example/acme/..',
  'ssh://-oProxyCommand=x/acme/app.git',
  'git@git.example:acme/../other/app.git',
  'git@git.example:/acme/app.git',
  'root@git.example:acme/app.git',
  'git@-oProxyCommand=x:acme/app.git',
  'file:///srv/git/acme/../other.git',
  'file:///srv/git/acme/%2e%2e/other.git',
  '/srv/git/acme/app.git',
  'ext::sh -c id',
  '--upload-pack=id',
  'https://git.example/acme/app.git\u0001',
])('%s is denied', (repository) => {
  expect(denialOf(settings, { repository })).toContain('does not allow the repository');
});

test.each([
  'ext::sh -c id',
  '/etc',
  '--upload-pack=id',
  'https://git.example/a/../b',
  'http://git.example/a/b',
])('a worker that allows every repository does not allow %s', (repository) => {
  expect(denialOf(settingsOf(['**']), { repository })).toContain('does not allow');
});

test('a base branch that git would take for something else is denied', () => {
  const repository = 'https://git.example/acme/app.git';

  expect(denialOf(settings, { repository, baseBranch: '--upload-pack=id' })).toContain('base branch');
  expect(denialOf(settings, { repository, baseBranch: 'release/1.x' })).toBeUndefined();
});
