import { expect, test } from 'vitest';

import { fullPath, ownerAndName } from './repository-path.ts';

const api = 'https://gitlab.example/api/v4';

test.each([
  ['https://gitlab.example/acme/app.git', api, 'acme/app'],
  ['https://gitlab.example/acme/tools/deep/app', api, 'acme/tools/deep/app'],
  ['https://gitlab.example/git/acme/app.git/', 'https://gitlab.example/git/api/v4', 'acme/app'],
  ['https://gitlab.example/git/app.git', api, 'git/app'],
  ['git@gitlab.example:acme/tools/app.git', api, 'acme/tools/app'],
  ['ssh://git@gitlab.example:2222/acme/app.git', api, 'acme/app'],
])('%s at %s is %s', (repository, apiUrl, path) => {
  expect(fullPath(repository, apiUrl)).toBe(path);
});

test.each([
  ['https://github.com/acme/app.git', { owner: 'acme', name: 'app' }],
  ['git@github.com:acme/app.git', { owner: 'acme', name: 'app' }],
  ['https://forge.example/gitea/acme/my.app/', { owner: 'acme', name: 'my.app' }],
])('%s ends in owner and name', (repository, parts) => {
  expect(ownerAndName(repository)).toEqual(parts);
});

test('an address that names no repository is a fault of the configuration', () => {
  expect(() => fullPath('https://gitlab.example/app', api)).toThrow('does not end in group and name');
  expect(() => ownerAndName('app')).toThrow('does not end in owner and name');
});
