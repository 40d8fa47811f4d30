import { expect, test } from 'vitest';

import type { ForgeSettings } from '../../forge-settings.ts';
import { startFakeForge } from '../../testing/fake-forge.ts';
import { forgeEntry, secretFile, settingsWith } from '../../testing/forge-settings.ts';
import { temporaryFolder } from '../../testing/run.ts';
import type { Finding } from '../finding.ts';
import { checkForges } from '../forge.ts';

const project = {
  archived: false,
  empty_repo: false,
  merge_requests_access_level: 'enabled',
  permissions: { project_access: null, group_access: { access_level: 30 } },
};

async function examine(
  answers: Readonly<Record<string, object | number>>,
  given: Partial<ForgeSettings> = {},
): Promise<readonly Finding[]> {
  await using folder = temporaryFolder();
  const user = { '/git/api/v4/user': { username: 'verve-bot' } };
  await using forge = await startFakeForge({ token: 't', answers: { ...user, ...answers } });
  const prefix = `${forge.url}/git`;
  const tokenFile = secretFile(folder.path, 'token', 't');
  const entry = forgeEntry({ prefix, kind: 'gitlab', apiUrl: `${prefix}/api/v4`, tokenFile, ...given });
  const repositories = [`${prefix}/acme/team/app.git`];
  return await checkForges(settingsWith({ forges: [entry], repositories }), new AbortController().signal);
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

const self = '/git/api/v4/personal_access_tokens/self';
const app = '/git/api/v4/projects/acme%2Fteam%2Fapp';
const good = { scopes: ['api'], active: true, expires_at: inDays(100) };

test('a token with the scope api and the role Developer is enough, also in subgroups and below a path', async () => {
  const found = await examine({ [self]: good, [app]: project });

  expect(found.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  expect(found.map(({ message }) => message)).toEqual([
    expect.stringMatching(/\/user: "verve-bot"$/),
    expect.stringMatching(/the token has the scopes api$/),
    expect.stringMatching(/acme\/team\/app.git: the user of the token may push$/),
  ]);
});

test.each<[string, object, RegExp]>([
  ['a scope that is missing', { [self]: { ...good, scopes: ['read_api'] } }, /lacks api/],
  ['a token that was revoked', { [self]: { ...good, active: false } }, /is not active/],
  ['a token that has ended', { [self]: { ...good, expires_at: inDays(-3) } }, /has ended on/],
  ['a right of its own user', { '/git/api/v4/user': 403 }, /does not let the token in \(403\)/],
  ['a project that is archived', { [app]: { ...project, archived: true } }, /is archived/],
  ['a project that is empty', { [app]: { ...project, empty_repo: true } }, /is empty/],
  ['a project that it does not see', { [app]: 404 }, /no such repository/],
  [
    'a project without merge requests',
    { [app]: { ...project, merge_requests_access_level: 'disabled' } },
    /takes no pull requests/,
  ],
  [
    'the role Reporter',
    { [app]: { ...project, permissions: { project_access: { access_level: 20 }, group_access: null } } },
    /may not push/,
  ],
])('%s is failed', async (_, answers, says) => {
  const found = await examine({ [self]: good, [app]: project, ...answers });

  expect(problemsIn(found)).toEqual([problem('failed', says)]);
});

test('a token that ends soon is warned of', async () => {
  const found = await examine({ [self]: { ...good, expires_at: inDays(10) }, [app]: project });

  expect(problemsIn(found)).toEqual([problem('warning', /in (9|10) days/)]);
});

test('a server that does not tell of tokens is not held against them', async () => {
  const found = await examine({ [app]: project });

  expect(found[1]).toMatchObject({ state: 'ok', message: expect.stringMatching(/does not say/) as string });
});

test('users whom GitLab does not know are warned of, and so is a team, of which it has none', async () => {
  const pullRequest = {
    draft: false,
    labels: [],
    reviewers: ['ada', 'acme/core', 'eve'],
    assignees: ['bob'],
  };
  const users = '/git/api/v4/users?username=';

  const found = await examine(
    {
      [self]: good,
      [app]: project,
      [`${users}ada`]: [{ id: 1, username: 'ada' }],
      [`${users}acme%2Fcore`]: [],
      [`${users}eve`]: [],
      [`${users}bob`]: 403,
    },
    { pullRequest },
  );

  expect(problemsIn(found)).toEqual([
    problem('warning', /\/api\/v4 shows no team "acme\/core"$/),
    problem('warning', /\/api\/v4 shows no user "eve"$/),
  ]);
  expect(found.slice(3).map(({ message }) => message)).toEqual([
    expect.stringMatching(/there is the user "ada"$/),
    expect.anything(),
    expect.anything(),
    expect.stringMatching(/does not say whether there is the user "bob"$/),
  ]);
});

function problemsIn(found: readonly Finding[]): Finding[] {
  return found.filter(({ state }) => state !== 'ok');
}

function problem(state: Finding['state'], says: RegExp): object {
  const message = expect.stringMatching(says) as string;
  return { check: 'forge', state, message, fix: expect.any(String) as string };
}
