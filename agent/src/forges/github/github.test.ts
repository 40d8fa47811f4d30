import { expect, test } from 'vitest';

import type { FakeAnswer } from '../../testing/fake-forge.ts';
import { startFakeGitHub } from '../../testing/fake-github.ts';
import { describeForge } from '../testing/forge-contract.ts';
import { commonRefusals, refuse, type ForgeWorld, type RefusalCase } from '../testing/forge-world.ts';
import { startPublishing } from '../testing/publishing.ts';

const documentation_url = 'https://docs.github.com/rest';

function forbidden(message: string, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  return { status: 403, body: { message, documentation_url, status: '403' }, headers };
}

const isOpening: ForgeWorld['isOpening'] = ({ method, path }) =>
  method === 'POST' && path === '/repos/acme/app/pulls';

const refusals: readonly RefusalCase[] = [
  ...commonRefusals,
  {
    cause: 'a bad token',
    arrange: refuse({ status: 401, body: { message: 'Bad credentials', documentation_url, status: '401' } }),
    says: 'does not take the token: it is wrong, expired or revoked; make a new one',
  },
  {
    cause: 'a token without the right',
    arrange: refuse(forbidden('Resource not accessible by personal access token'), isOpening),
    says: 'give it "Pull requests: write" and "Contents: write"',
  },
  {
    cause: 'an App without the right',
    arrange: refuse(forbidden('Resource not accessible by integration'), isOpening),
    says: 'give it "Pull requests: write" and "Contents: write"',
  },
  {
    cause: 'a single sign-on that the token is not authorised for',
    arrange: refuse(
      forbidden('Resource protected by organization SAML enforcement.', {
        'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?authorization_request=A1',
      }),
    ),
    says: 'authorise it at https://github.com/orgs/acme/sso?authorization_request=A1',
  },
  {
    cause: 'an address that is not on the allow list',
    arrange: refuse(
      forbidden(
        'Although you appear to have the correct authorization credentials, the `acme` organization has an IP ' +
          'allow list enabled, and your IP address is not permitted to access this resource.',
      ),
    ),
    says: "add the worker's address to its IP allow list",
  },
  {
    cause: 'a kind of token that the organization forbids',
    arrange: refuse(forbidden('`acme` forbids access via a personal access token (classic).')),
    says: 'does not take this kind of token; use one that it allows',
  },
  {
    cause: 'an archive that was made in between',
    arrange: refuse(forbidden('Repository was archived so is read-only.'), isOpening),
    says: 'is archived; unarchive it',
  },
  {
    cause: 'something that GitHub forbids otherwise',
    arrange: refuse(forbidden('You cannot do this'), isOpening),
    says: 'GitHub forbids the token to open pull requests',
  },
  {
    cause: 'a repository that the token does not see',
    arrange: refuse({ status: 404, body: { message: 'Not Found', documentation_url, status: '404' } }),
    says: 'shows the token no repository https://forge.example/acme/app.git; check the address',
  },
  {
    cause: 'pull requests that were turned off in between',
    arrange: refuse(
      { status: 410, body: { message: 'Pull requests are disabled for this repo', documentation_url } },
      isOpening,
    ),
    says: 'turned off; turn them on in its settings',
  },
  {
    cause: 'a base that has the work already',
    arrange: (fake) => {
      fake.isMerged = true;
    },
    says: '"main" has all that is on verve/',
  },
  {
    cause: 'a branch that was deleted in between',
    arrange: refuse(
      {
        status: 422,
        body: {
          message: 'Validation Failed',
          errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }],
          documentation_url,
        },
      },
      isOpening,
    ),
    says: 'was deleted before its pull request was opened; retry the task',
  },
];

function worldOf(edition: 'api.github.com' | 'ghes-3.17'): ForgeWorld {
  return {
    title: edition,
    kind: 'github',
    repository: 'https://forge.example/acme/app.git',
    start: async (certificate) => startFakeGitHub(edition, certificate),
    pullUrl: (number) => `https://forge.example/acme/app/pull/${number}`,
    isOpening,
    isRewriting: ({ method }) => method === 'PATCH',
    token: ({ headers }) => headers.authorization?.toString().replace(/^Bearer /, ''),
    limit: (seconds) =>
      forbidden('API rate limit exceeded for user ID 1.', {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + seconds),
      }),
    leftOut: [
      'the reviewer "ghost": Reviews may only be requested from collaborators.',
      'the reviewer "verve": Review cannot be requested from pull request author.',
      'the assignee "ghost": the forge knows no such user, or nobody may assign that user here',
    ],
    refusals,
  };
}

const world = worldOf('api.github.com');

describeForge(world);
describeForge(worldOf('ghes-3.17'));

test('a secondary limit is waited out as GitHub says', async () => {
  await using publishing = await startPublishing(world);
  let times = 0;
  publishing.fake.intercept = (call) =>
    isOpening(call) && ++times === 1
      ? forbidden('You have exceeded a secondary rate limit.', { 'retry-after': '1' })
      : undefined;

  expect(await publishing.publish()).toMatchObject({ reason: 'PullRequestOpened' });
  expect(publishing.told.join('')).toContain('secondary rate limit');
});

test('a pull request is ready where GitHub has no drafts, and the log says so', async () => {
  await using publishing = await startPublishing(world);
  publishing.fake.takesDrafts = false;
  const pullRequest = { draft: true, labels: [], reviewers: [], assignees: [] };

  await publishing.publish({ forge: { ...publishing.spec.forge, pullRequest } });

  expect(publishing.fake.pulls).toMatchObject([{ isDraft: false }]);
  expect(publishing.told.join('')).toContain('is ready rather than a draft');
});

test('a team is asked for a review', async () => {
  await using publishing = await startPublishing(world);
  const pullRequest = { draft: false, labels: [], reviewers: ['ada', 'acme/core'], assignees: [] };

  await publishing.publish({ forge: { ...publishing.spec.forge, pullRequest } });

  expect(publishing.fake.pulls).toMatchObject([{ reviewers: ['ada', 'acme/core'] }]);
  expect(publishing.told).toEqual([]);
});
