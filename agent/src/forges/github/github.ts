import { z } from 'zod';

import type { PhaseInput } from '../../config.ts';
import type { Forge } from '../../forge.ts';
import { pullRequestFailed } from '../forge-errors.ts';
import { createForgeAccess } from '../forge-fetch.ts';
import { pullRequestTitle } from '../pull-request-text.ts';
import { createPullRequestForge, type PullRequest, type PullRequestApi } from '../pull-requests.ts';
import { explainRedirect, explainRefusal, isRedirect, type RefusalPlace } from '../refusals.ts';
import { ownerAndName, pageOf } from '../repository-path.ts';
import { additionsOf } from './additions.ts';
import { gitHubCauses } from './causes.ts';
import { createGitHubClient, isInvalid, type AtGitHub } from './client.ts';

const repositoryAnswer = z.object({
  full_name: z.string(),
  html_url: z.url(),
  archived: z.boolean(),
  disabled: z.boolean().optional(),
  has_pull_requests: z.boolean().optional(),
});

const pullAnswer = z.object({
  number: z.int(),
  html_url: z.url(),
  state: z.enum(['open', 'closed']),
  merged_at: z.string().nullish(),
  body: z.string().nullable(),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    /** Null: the fork that it came from is gone. */
    repo: z.object({ full_name: z.string() }).nullable(),
  }),
});
type PullAnswer = z.infer<typeof pullAnswer>;

/** GitHub, on github.com and as Enterprise Server. Throws PhaseFailed (`ConfigInvalid`) when the run lacks what it needs. */
export function createGitHub(input: PhaseInput): Forge {
  const access = createForgeAccess(input);
  const { owner, name } = ownerAndName(input.spec.repository);
  return createPullRequestForge('GitHub', (work, repetition) =>
    apiOf({
      client: createGitHubClient(access, repetition),
      work,
      repetition,
      path: { owner, repo: name },
    }),
  );
}

function apiOf(at: AtGitHub): PullRequestApi {
  const { client, path } = at;
  return {
    repository: async () => readRepository(at),
    find: async ({ fullName }) => find(at, fullName),
    open: async (body) => open(at, body),
    rewrite: async ({ number: pull_number }, body) => {
      await client('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...path, pull_number, body });
    },
    additions: ({ number }) => additionsOf(at, number),
    explain: async (refusal) => {
      const place = placeOf(at);
      if (!isRedirect(refusal)) return explainRefusal(gitHubCauses, refusal, place);
      const { apiUrl = '' } = at.work.spec.forge;
      const get = async (to: string): Promise<unknown> => (await client(`GET ${to}`)).data;
      return explainRedirect(refusal, place, { apiUrl, get });
    },
  };
}

function placeOf({ work: { spec, base } }: AtGitHub): RefusalPlace {
  return { repository: spec.repository, base: base.branch, branch: spec.branch };
}

async function readRepository({ client, path, work }: AtGitHub): ReturnType<PullRequestApi['repository']> {
  const { repository } = work.spec;
  const { data } = await client('GET /repos/{owner}/{repo}', path);
  const told = repositoryAnswer.parse(data);
  if (told.archived) throw pullRequestFailed(`${repository} is archived; unarchive it, then retry`);
  if (told.disabled === true) throw pullRequestFailed(`GitHub has disabled ${repository}; ask its support`);
  if (told.has_pull_requests === false) {
    throw pullRequestFailed(`${repository} has pull requests turned off; turn them on in its settings`);
  }
  return { fullName: told.full_name, pages: [told.html_url, ...pageOf(repository)] };
}

async function find({ client, path, work }: AtGitHub, fullName: string): Promise<readonly PullRequest[]> {
  const { branch } = work.spec;
  const [owner = ''] = fullName.split('/');
  const { data } = await client('GET /repos/{owner}/{repo}/pulls', {
    ...path,
    head: `${owner}:${branch}`,
    state: 'all',
    per_page: 100,
  });
  return z
    .array(pullAnswer)
    .parse(data)
    .filter(({ head }) => head.ref === branch && head.repo?.full_name === fullName)
    .map(pullRequestOf);
}

async function open(at: AtGitHub, body: string): Promise<PullRequest | undefined> {
  const { spec } = at.work;
  const isDraft = spec.forge.pullRequest?.draft === true;
  try {
    return await create(at, body, isDraft);
  } catch (error) {
    if (isInvalid(error, /pull request already exists/i)) return undefined;
    if (!isDraft || !isInvalid(error, /draft pull requests are not supported/i)) throw error;
    at.repetition.tell(`the pull request is ready rather than a draft: ${spec.repository} has no drafts\n`);
    return create(at, body, false);
  }
}

async function create({ client, path, work }: AtGitHub, body: string, draft: boolean): Promise<PullRequest> {
  const { spec, base } = work;
  const { data } = await client('POST /repos/{owner}/{repo}/pulls', {
    ...path,
    title: pullRequestTitle(spec),
    body,
    head: spec.branch,
    base: base.branch,
    draft,
  });
  return pullRequestOf(pullAnswer.parse(data));
}

function pullRequestOf({ number, html_url: url, state, merged_at, body, head }: PullAnswer): PullRequest {
  const isMerged = merged_at !== null && merged_at !== undefined;
  return { number, url, state: isMerged ? 'merged' : state, body: body ?? '', head: head.sha };
}
