import { z } from 'zod';

import type { PhaseInput } from '../../config.ts';
import type { Forge } from '../../forge.ts';
import { createForgeClient } from '../forge-client.ts';
import { ForgeRefused, pullRequestFailed } from '../forge-errors.ts';
import { pullRequestTitle } from '../pull-request-text.ts';
import { createPullRequestForge, type PullRequest, type PullRequestApi } from '../pull-requests.ts';
import { explainRedirect, explainRefusal, isRedirect, sayBaseGone } from '../refusals.ts';
import { ownerAndName, pageOf } from '../repository-path.ts';
import { additionsOf } from './additions.ts';
import type { AtGitea } from './at-gitea.ts';
import { giteaCauses } from './causes.ts';
import { findPulls, pullAnswer, pullRequestOf } from './search.ts';

const repositoryAnswer = z.object({
  id: z.int(),
  full_name: z.string(),
  html_url: z.url(),
  archived: z.boolean().default(false),
  has_pull_requests: z.boolean().default(true),
});

/** Gitea and Forgejo, by their API v1. Throws PhaseFailed (`ConfigInvalid`) when the run lacks what it needs. */
export function createGitea(input: PhaseInput): Forge {
  const client = createForgeClient(input, (token) => `token ${token}`);
  const { owner, name } = ownerAndName(input.spec.repository);
  return createPullRequestForge('Gitea', (work, repetition) => {
    const ask: AtGitea['ask'] = async (method, path, body) =>
      (await client({ method, path, ...(body && { body }) }, repetition)).body;
    return apiOf({ ask, work, path: `/repos/${owner}/${name}` });
  });
}

function apiOf(at: AtGitea): PullRequestApi {
  const { ask, path, work } = at;
  return {
    repository: async () => readRepository(at),
    find: async ({ fullName }) => findPulls(at, fullName),
    open: async (body) => open(at, body),
    rewrite: async ({ number }, body) => {
      await ask('PATCH', `${path}/pulls/${number}`, { body });
    },
    additions: ({ number }) => additionsOf(at, number),
    explain: async (refusal) => {
      const { spec, base } = work;
      const place = { repository: spec.repository, base: base.branch, branch: spec.branch };
      const { apiUrl = '' } = spec.forge;
      const get = async (to: string): Promise<unknown> => ask('GET', to);
      if (isRedirect(refusal)) return explainRedirect(refusal, place, { apiUrl, get });
      if (await isBaseGone(at, refusal)) return sayBaseGone(place);
      return explainRefusal(giteaCauses, refusal, place);
    },
  };
}

async function readRepository({ ask, path, work }: AtGitea): ReturnType<PullRequestApi['repository']> {
  const { repository } = work.spec;
  const told = repositoryAnswer.parse(await ask('GET', path));
  if (told.archived) throw pullRequestFailed(`${repository} is archived; unarchive it, then retry`);
  if (!told.has_pull_requests) {
    throw pullRequestFailed(`${repository} has pull requests turned off; turn them on in its settings`);
  }
  return { fullName: told.full_name, pages: [told.html_url, ...pageOf(repository)] };
}

async function open({ ask, path, work }: AtGitea, body: string): Promise<PullRequest | undefined> {
  const { spec, base } = work;
  const mark = spec.forge.pullRequest?.draft === true ? 'WIP: ' : '';
  const wanted = { title: pullRequestTitle(spec, mark), body, head: spec.branch, base: base.branch };
  try {
    return pullRequestOf(pullAnswer.parse(await ask('POST', `${path}/pulls`, wanted)));
  } catch (error) {
    if (error instanceof ForgeRefused && error.status === 409) return undefined;
    throw error;
  }
}

/** Gitea answers 404 for a missing base as for much else. */
async function isBaseGone({ ask, path, work }: AtGitea, { status }: ForgeRefused): Promise<boolean> {
  if (status !== 404) return false;
  const branch = `${path}/branches/${encodeURIComponent(work.base.branch)}`;
  return !(await isMissing(ask, path)) && isMissing(ask, branch);
}

async function isMissing(ask: AtGitea['ask'], path: string): Promise<boolean> {
  try {
    await ask('GET', path);
    return false;
  } catch (error) {
    if (error instanceof ForgeRefused) return error.status === 404;
    throw error;
  }
}
