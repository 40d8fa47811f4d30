import { expect, test } from 'vitest';

import { startFakeForge } from '../../testing/fake-forge.ts';
import { forgeEntry, secretFile, settingsWith } from '../../testing/forge-settings.ts';
import { temporaryFolder } from '../../testing/run.ts';
import { checkForges } from '../forge.ts';
import { forgesToExamine } from './examined-forge.ts';
import { namedUsers } from './named-users.ts';

const never = new AbortController().signal;

test('users and teams that Gitea does not know are warned of, with the settings that name them', async () => {
  await using folder = temporaryFolder();
  await using forge = await startFakeForge({
    token: 't',
    answers: {
      '/user': { login: 'bot' },
      '/users/ada': { login: 'ada' },
      '/users/shy': 403,
      '/orgs/acme/teams/search?q=Core': { ok: true, data: [{ name: 'core' }, { name: 'core-two' }] },
      '/orgs/acme/teams/search?q=two': { ok: true, data: [{ name: 'core-two' }] },
      '/orgs/shut/teams/search?q=core': 403,
    },
  });
  const tokenFile = secretFile(folder.path, 'token', 't');
  const reviewers = ['ada', 'eve', 'shy', 'acme/Core', 'acme/two', 'none/core', 'shut/core'];
  const pullRequest = { draft: false, labels: [], reviewers, assignees: ['eve'] };
  const entry = { prefix: 'https://git.example', kind: 'gitea', apiUrl: forge.url, tokenFile } as const;
  const settings = settingsWith({ forges: [forgeEntry({ ...entry, pullRequest })] });

  const found = await checkForges(settings, never);

  const told = found.map(({ state, message, fix }) => [state, message.replace(forge.url, ''), fix]);
  const ofReviewers = 'Mend "forges.0.pullRequest.reviewers"';
  const ofTeams = `${ofReviewers}, or let the token read the teams of the organization`;
  const ofBoth = `${ofReviewers} and "forges.0.pullRequest.assignees"`;
  expect(told).toEqual([
    ['ok', '/user: "bot"', undefined],
    ['ok', ': there is the user "ada"', undefined],
    ['warning', ' shows no user "eve"', `${ofBoth}: until then pull requests are without "eve".`],
    ['ok', ' does not say whether there is the user "shy"', undefined],
    ['ok', ': there is the team "acme/Core"', undefined],
    ['warning', ' shows no team "acme/two"', `${ofTeams}: until then pull requests are without "acme/two".`],
    [
      'warning',
      ' shows no team "none/core"',
      `${ofTeams}: until then pull requests are without "none/core".`,
    ],
    ['ok', ' does not say whether there is the team "shut/core"', undefined],
  ]);
});

test('the users of an entry are those of the first forge that it leads to, by whatever token', () => {
  const people = (reviewers: string[]): object => ({
    pullRequest: { draft: false, labels: [], reviewers, assignees: [] },
  });
  const credentials = ['acme', 'tools'].map((owner) => ({
    prefix: `https://git.example/${owner}`,
    username: 'verve',
    passwordFile: `/${owner}`,
  }));
  const settings = settingsWith({
    credentials,
    forges: [
      forgeEntry({ prefix: 'https://git.example', kind: 'gitea', ...people(['ada']) }),
      forgeEntry({ prefix: 'https://git.example/tools/app', kind: 'gitea', ...people(['bob']) }),
    ],
  });

  const forges = forgesToExamine(settings);
  const users = forges.map((forge) => ({
    tokenFile: forge.tokenFile,
    users: namedUsers(settings, forges, forge),
  }));

  expect(users).toEqual([
    {
      tokenFile: '/tools',
      users: [
        { name: 'ada', settings: ['forges.0.pullRequest.reviewers'] },
        { name: 'bob', settings: ['forges.1.pullRequest.reviewers'] },
      ],
    },
    { tokenFile: '/acme', users: [] },
  ]);
});
