import { expect, test } from 'vitest';

import { forgeEntry, settingsWith } from '../../testing/forge-settings.ts';
import { forgesToExamine } from './examined-forge.ts';
import { repositoryPath } from './repository-path.ts';

function credentialOf(
  prefix: string,
  passwordFile: string,
): { prefix: string; username: string; passwordFile: string } {
  return { prefix, username: 'verve', passwordFile };
}

test('known hosts with a login alone are examined, others are not, and neither is a forge "none"', () => {
  const settings = settingsWith({
    credentials: [
      credentialOf('https://github.com/acme', '/a'),
      credentialOf('https://gitlab.com', '/b'),
      credentialOf('https://git.example', '/c'),
    ],
    forges: [forgeEntry({ prefix: 'https://other.example', kind: 'none' })],
    repositories: [
      'https://github.com/acme/*',
      'https://gitlab.com/acme/team/app',
      'https://git.example/a/b',
    ],
  });

  expect(forgesToExamine(settings)).toMatchObject([
    { kind: 'github', apiUrl: 'https://api.github.com', tokenFile: '/a', repositories: [] },
    {
      kind: 'gitlab',
      apiUrl: 'https://gitlab.com/api/v4',
      tokenFile: '/b',
      repositories: ['https://gitlab.com/acme/team/app'],
    },
  ]);
});

test.each([
  ['https://gitlab.com/acme/team/app.git', 'https://gitlab.com/api/v4', 'acme/team/app'],
  ['https://host.example/git/acme/app', 'https://host.example/git/api/v4', 'acme/app'],
  ['git@host.example:git/acme/app.git', 'https://host.example/api/v1', 'git/acme/app'],
  ['ssh://git@host.example/acme/my%20app/', 'https://host.example/api/v1', 'acme/my app'],
])('the path of %s at %s is %s', (address, apiUrl, path) => {
  expect(repositoryPath(address, apiUrl)).toBe(path);
});
