import { expect, test } from 'vitest';

import type { FakeAnswer } from '../../testing/fake-forge.ts';
import { startFakeGitLab } from '../../testing/fake-gitlab.ts';
import { describeForge } from '../testing/forge-contract.ts';
import { commonRefusals, refuse, type ForgeWorld, type RefusalCase } from '../testing/forge-world.ts';
import { startPublishing } from '../testing/publishing.ts';

const mergeRequests = '/projects/acme%2Ftools%2Fapp/merge_requests';

const isOpening: ForgeWorld['isOpening'] = ({ method, path }) => method === 'POST' && path === mergeRequests;

function message(status: number, words: unknown): FakeAnswer {
  return { status, body: { message: words } };
}

const refusals: readonly RefusalCase[] = [
  ...commonRefusals,
  {
    cause: 'a bad token',
    arrange: refuse(message(401, '401 Unauthorized')),
    says: 'does not take the token: it is wrong, expired or revoked; make a new one',
  },
  {
    cause: 'a token that was revoked',
    arrange: refuse({
      status: 401,
      body: {
        error: 'invalid_token',
        error_description: 'Token was revoked. You have to re-authorize from the user.',
      },
    }),
    says: 'Token was revoked',
  },
  {
    cause: 'a token without the scope',
    arrange: refuse({
      status: 403,
      body: {
        error: 'insufficient_scope',
        error_description: 'The request requires higher privileges than provided by the access token.',
        scope: 'api',
      },
    }),
    says: 'lacks the scope "api"; make one that has it',
  },
  {
    cause: 'a user who may not',
    arrange: refuse(message(403, '403 Forbidden'), isOpening),
    says: 'give that user, or the project token, the role Developer or a higher one',
  },
  {
    cause: 'a user who is blocked',
    arrange: refuse(message(403, '403 Forbidden - Your account has been blocked.')),
    says: "lets the token's user do nothing; unblock that user",
  },
  {
    cause: 'a project that the token does not see',
    arrange: refuse(message(404, '404 Project Not Found')),
    says: "shows the token's user no project https://forge.example/acme/tools/app.git; check the address",
  },
  {
    cause: 'a project that was renamed in between',
    arrange: refuse(message(405, 'Non GET methods are not allowed for moved projects'), isOpening),
    says: 'was renamed; use its new address',
  },
  {
    cause: 'a branch that was deleted in between',
    arrange: refuse(message(400, { source_branch: ['does not exist'] }), isOpening),
    says: 'was deleted before its merge request was opened; retry the task',
  },
  {
    cause: 'something that GitLab does not want otherwise',
    arrange: refuse(message(422, ['Strange words']), isOpening),
    says: 'the forge answered 422. The forge said: Strange words',
  },
];

const world: ForgeWorld = {
  title: 'GitLab',
  kind: 'gitlab',
  repository: 'https://forge.example/acme/tools/app.git',
  start: startFakeGitLab,
  pullUrl: (number) => `https://forge.example/acme/tools/app/-/merge_requests/${number}`,
  isOpening,
  isRewriting: ({ method, body }) => method === 'PUT' && body?.['description'] !== undefined,
  token: ({ headers }) => headers.authorization?.toString().replace(/^Bearer /, ''),
  // Words and headers of https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/.
  limit: (seconds) => ({
    status: 429,
    body: 'Retry later\n',
    headers: { 'retry-after': String(seconds), 'ratelimit-remaining': '0' },
  }),
  leftOut: [
    'the reviewer "ghost": GitLab knows no such user',
    'the reviewer "verve": GitLab knows no such user, the user may not see the project',
    'the assignee "ghost": GitLab knows no such user',
  ],
  refusals,
};

describeForge(world);

test('an edition that takes one reviewer alone is told', async () => {
  await using publishing = await startPublishing(world);
  const { fake } = publishing;
  fake.intercept = ({ body }) => {
    const numbers = body?.['reviewer_ids'];
    if (Array.isArray(numbers)) numbers.splice(1);
    return undefined;
  };
  const pullRequest = { draft: false, labels: [], reviewers: ['ada', 'bob'], assignees: [] };

  await publishing.publish({ forge: { ...publishing.spec.forge, pullRequest } });

  expect(fake.pulls).toMatchObject([{ reviewers: ['ada'] }]);
  expect(publishing.told.join('')).toContain('the reviewer "bob": GitLab knows no such user');
  expect(publishing.told.join('')).toContain('takes one user alone');
});
