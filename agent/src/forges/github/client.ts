import { request } from '@octokit/request';

import type { PushedWork } from '../../forge.ts';
import type { Repetition } from '../../retry.ts';
import { ForgeRefused } from '../forge-errors.ts';
import type { CallBounds, ForgeAccess } from '../forge-fetch.ts';

/** Octokit's `request` for one publish. What it throws is as ForgeAccess has it. */
export type GitHubClient = typeof request;

/** One publish at GitHub. */
export interface AtGitHub {
  readonly client: GitHubClient;
  readonly work: PushedWork;
  readonly repetition: Repetition;
  readonly path: { readonly owner: string; readonly repo: string };
}

/** As `accept` and the version's header have it; Enterprise Server knows it, too. */
const headers = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  'user-agent': 'verve',
};

/** Makes Octokit call the forge through the run's access, with the token as it is at each call. */
export function createGitHubClient(access: ForgeAccess, within: CallBounds): GitHubClient {
  const send = async (url: string, init: Sent): Promise<Response> => {
    const headers = { ...init.headers, authorization: `Bearer ${access.token()}` };
    return access.fetch(new URL(url), { ...init, headers }, within);
  };
  const hook = async (call: Call, options: object): Promise<unknown> => {
    try {
      return await call(options);
    } catch (error) {
      // Octokit takes what its fetch throws for trouble of the network, and hides it in an error of its own.
      throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    }
  };
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  return request.defaults({ baseUrl: access.apiUrl, headers, request: { fetch: send, hook, log } });
}

interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

type Call = (options: object) => Promise<unknown>;

/** Whether GitHub refused what was sent, in words that fit. */
export function isInvalid(error: unknown, words: RegExp): boolean {
  return error instanceof ForgeRefused && error.status === 422 && words.test(error.message);
}

function silent(): void {}
