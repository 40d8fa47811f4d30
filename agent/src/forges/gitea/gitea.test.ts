import { expect, test } from 'vitest';

import { startFakeGitea } from '../../testing/fake-gitea.ts';
import { describeForge } from '../testing/forge-contract.ts';
import { commonRefusals, refuse, type ForgeWorld } from '../testing/forge-world.ts';
import { startPublishing } from '../testing/publishing.ts';

const opening = 'POST /repos/acme/app/pulls';

const world: ForgeWorld = {
  title: 'Gitea',
  kind: 'gitea',
  repository: 'https://forge.example/acme/app.git',
  start: startFakeGitea,
  pullUrl: (number) => `https://forge.example/acme/app/pulls/${number}`,
  isOpening: ({ method, path }) => `${method} ${path}` === opening,
  isRewriting: ({ method, body }) => method === 'PATCH' && body?.['body'] !== undefined,
  token: ({ headers }) => headers.authorization?.toString().replace(/^token /, ''),
  // By itself Gitea has none; what stands before it may.
  limit: (seconds) => ({
    status: 429,
    body: { message: 'Too many requests' },
    headers: { 'retry-after': String(seconds) },
  }),
  leftOut: [
    `the reviewer "ghost": User 'ghost' not exist`,
    `the reviewer "verve": poster of pr can't be reviewer`,
  ],
  refusals: [
    ...commonRefusals,
    {
      cause: 'a bad token',
      arrange: refuse({ status: 401, body: { message: 'user does not exist [uid: 0, name: ]' } }),
      says: 'does not take the token: it is wrong, expired or revoked; make a new one',
    },
    {
      cause: 'a token with too few scopes',
      arrange: refuse(
        {
          status: 403,
          body: {
            message: 'token does not have at least one of required scope(s), required=[write:repository]',
          },
        },
        ({ method }) => method === 'POST',
      ),
      says: 'it needs the scopes write:repository and write:issue',
    },
    {
      cause: 'a repository that the token does not see',
      arrange: refuse({ status: 404, body: { message: "The target couldn't be found." } }),
      says: 'no repository https://forge.example/acme/app.git; give that user the right',
    },
    {
      cause: 'an archive that was made in between',
      arrange: refuse({ status: 423, body: { message: 'acme/app is archived' } }, isPost),
      says: 'is archived; unarchive it',
    },
    {
      cause: 'a base that has the work already',
      arrange: (fake) => {
        fake.isMerged = true;
      },
      says: '"main" has all that is on verve/',
    },
  ],
};

function isPost({ method }: { readonly method: string }): boolean {
  return method === 'POST';
}

describeForge(world);

test('labels that Gitea does not have are told', async () => {
  await using publishing = await startPublishing(world);
  const pullRequest = { draft: false, labels: ['verve', 'none'], reviewers: [], assignees: [] };

  await publishing.publish({ forge: { ...publishing.spec.forge, pullRequest } });

  expect(publishing.fake.pulls[0]?.labels).toEqual(['verve']);
  expect(publishing.told).toEqual([
    'the pull request is without the label "none": the repository has no such label\n',
  ]);
});

test('what changed before the task was created is not looked through', async () => {
  await using publishing = await startPublishing(world);
  publishing.fake.intercept = ({ query }) => {
    if (query.get('sort') !== 'recentupdate') return undefined;
    const head = { ref: 'other', sha: '', repo: null };
    const old = { number: 1, html_url: 'https://forge.example/1', state: 'open', body: '', head };
    return { status: 200, body: [{ ...old, updated_at: '2020-01-01T00:00:00Z' }] };
  };

  await publishing.publish();

  const looks = publishing.fake.calls.filter(({ query }) => query.get('sort') === 'recentupdate');
  expect(looks).toHaveLength(1);
});
