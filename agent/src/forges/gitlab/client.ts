import { Branches, MergeRequests, Projects, Users } from '@gitbeaker/core';
import { createRequesterFn } from '@gitbeaker/requester-utils';

import type { PushedWork } from '../../forge.ts';
import type { CallBounds, ForgeAccess } from '../forge-fetch.ts';

/** What Gitbeaker has of GitLab's API that is needed here. What it throws is as ForgeAccess has it. */
export interface GitLabClient {
  readonly branches: Branches;
  readonly mergeRequests: MergeRequests;
  readonly projects: Projects;
  readonly users: Users;
}

/** One publish at GitLab. */
export interface AtGitLab {
  readonly client: GitLabClient;
  readonly work: PushedWork;
  /** The project's path with all of its groups. */
  readonly path: string;
}

/** As Gitbeaker hands a request to whoever sends it. */
interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly searchParams?: string;
  readonly body?: string;
}

/** Makes Gitbeaker call the forge through the run's access, with the token as it is at each call. */
export function createGitLabClient(access: ForgeAccess, within: CallBounds): GitLabClient {
  const requesterFn = createRequesterFn(
    async (_, options) => options,
    async (endpoint, options) => {
      const { method = 'GET', headers = {}, searchParams = '', body } = options as Sent;
      const url = new URL(`${access.apiUrl}/${endpoint}`);
      url.search = searchParams;
      const answer = await access.fetch(url, { method, headers, body }, within);
      const said = bodyOf(await answer.text());
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: said };
    },
  );
  const options = {
    requesterFn,
    // Personal, group and project tokens, and those of OAuth.
    oauthToken: async () => access.token(),
    // The access has its own.
    queryTimeout: null,
    rateLimits: {},
  };
  return {
    branches: new Branches(options),
    mergeRequests: new MergeRequests(options),
    projects: new Projects(options),
    users: new Users(options),
  };
}

function bodyOf(said: string): Record<string, unknown> | string {
  try {
    return JSON.parse(said) as Record<string, unknown>;
  } catch {
    return said;
  }
}
