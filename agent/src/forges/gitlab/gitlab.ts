import { z } from 'zod';

import type { PhaseInput } from '../../config.ts';
import type { Forge } from '../../forge.ts';
import { ForgeRefused, pullRequestFailed } from '../forge-errors.ts';
import { createForgeAccess } from '../forge-fetch.ts';
import { pullRequestTitle } from '../pull-request-text.ts';
import { createPullRequestForge, type PullRequest, type PullRequestApi } from '../pull-requests.ts';
import { explainRedirect, explainRefusal, isRedirect, sayBaseGone, type RefusalPlace } from '../refusals.ts';
import { fullPath, pageOf } from '../repository-path.ts';
import { additionsOf } from './additions.ts';
import { gitLabCauses } from './causes.ts';
import { createGitLabClient, type AtGitLab } from './client.ts';

const projectAnswer = z.object({
  path_with_namespace: z.string(),
  web_url: z.url(),
  archived: z.boolean().optional(),
  merge_requests_access_level: z.string().optional(),
});

const mergeRequestAnswer = z.object({
  iid: z.int(),
  web_url: z.url(),
  state: z.enum(['opened', 'closed', 'locked', 'merged']),
  description: z.string().nullable(),
  source_branch: z.string(),
  source_project_id: z.int().nullable(),
  target_project_id: z.int(),
  /** Null while GitLab has not looked at the branch yet. */
  sha: z.string().nullish(),
});
type MergeRequestAnswer = z.infer<typeof mergeRequestAnswer>;

/** GitLab, on gitlab.com and self-managed. Throws PhaseFailed (`ConfigInvalid`) when the run lacks what it needs. */
export function createGitLab(input: PhaseInput): Forge {
  const access = createForgeAccess(input);
  const path = fullPath(input.spec.repository, access.apiUrl);
  return createPullRequestForge('GitLab', (work, repetition) =>
    apiOf({ client: createGitLabClient(access, repetition), work, path }),
  );
}

function apiOf(at: AtGitLab): PullRequestApi {
  const { client, path } = at;
  return {
    repository: async () => readProject(at),
    find: async () => find(at),
    open: async (body) => open(at, body),
    rewrite: async ({ number }, description) => {
      await client.mergeRequests.edit(path, number, { description });
    },
    additions: ({ number }) => additionsOf(at, number),
    explain: async (refusal) => {
      const place = placeOf(at);
      if (!isRedirect(refusal)) return explainRefusal(gitLabCauses, refusal, place);
      const { apiUrl = '' } = at.work.spec.forge;
      const get = async (to: string): Promise<unknown> =>
        (await client.projects.requester.get(to.slice(1))).body;
      return explainRedirect(refusal, place, { apiUrl, get });
    },
  };
}

function placeOf({ work: { spec, base } }: AtGitLab): RefusalPlace {
  return { repository: spec.repository, base: base.branch, branch: spec.branch };
}

async function readProject({ client, path, work }: AtGitLab): ReturnType<PullRequestApi['repository']> {
  const { repository } = work.spec;
  const told = projectAnswer.parse(await client.projects.show(path));
  if (told.archived === true) throw pullRequestFailed(`${repository} is archived; unarchive it, then retry`);
  if (told.merge_requests_access_level === 'disabled') {
    throw pullRequestFailed(`${repository} has merge requests turned off; turn them on in its settings`);
  }
  return { fullName: told.path_with_namespace, pages: [told.web_url, ...pageOf(repository)] };
}

async function find({ client, path, work }: AtGitLab): Promise<readonly PullRequest[]> {
  const { branch } = work.spec;
  const listed = await client.mergeRequests.all({
    projectId: path,
    sourceBranch: branch,
    scope: 'all',
    perPage: 100,
    maxPages: 1,
  });
  return z
    .array(mergeRequestAnswer)
    .parse(listed)
    .filter((each) => each.source_branch === branch && each.source_project_id === each.target_project_id)
    .map(pullRequestOf);
}

async function open(at: AtGitLab, description: string): Promise<PullRequest | undefined> {
  const { client, path, work } = at;
  const { spec, base } = work;
  // GitLab would open one onto a branch that is not there.
  if (await isBaseGone(at)) throw pullRequestFailed(sayBaseGone(placeOf(at)));
  const title = pullRequestTitle(spec, spec.forge.pullRequest?.draft === true ? 'Draft: ' : '');
  try {
    const made = await client.mergeRequests.create(path, spec.branch, base.branch, title, { description });
    return pullRequestOf(mergeRequestAnswer.parse(made));
  } catch (error) {
    if (error instanceof ForgeRefused && error.status === 409) return undefined;
    throw error;
  }
}

async function isBaseGone({ client, path, work }: AtGitLab): Promise<boolean> {
  try {
    await client.branches.show(path, work.base.branch);
    return false;
  } catch (error) {
    if (error instanceof ForgeRefused && error.status === 404) return true;
    throw error;
  }
}

function pullRequestOf(told: MergeRequestAnswer): PullRequest {
  const { iid: number, web_url: url, state, description, sha } = told;
  const isOpen = state === 'opened' || state === 'locked';
  return { number, url, state: isOpen ? 'open' : state, body: description ?? '', head: sha ?? '' };
}
