import type { PhaseOutcome } from '@verve/contract';
import { z } from 'zod';

import type { PhaseInput } from '../config.ts';
import type { Forge, PushedWork } from '../forge.ts';
import { PhaseFailed } from '../outcome.ts';
import { repeat, type Repetition } from '../retry.ts';
import { createForgeClient, ForgeAway, type ForgeAnswer, type ForgeClient } from './forge-client.ts';
import { isOlderBody, pullRequestBody, pullRequestTitle } from './pull-request-text.ts';

const pageSize = 50;
const maxPages = 100;

const repositoryAnswer = z.object({ id: z.int(), archived: z.boolean().default(false) });

const pullRequest = z.object({
  number: z.int(),
  html_url: z.url(),
  state: z.string(),
  body: z.string().nullish(),
  head: z.object({ ref: z.string(), repo_id: z.int() }),
});
type PullRequest = z.infer<typeof pullRequest>;

/** One call of `publish`. */
interface Opening {
  readonly ask: (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) => Promise<ForgeAnswer>;
  readonly work: PushedWork;
  /** `/repos/<owner>/<name>`. */
  readonly path: string;
  readonly repetition: Repetition;
}

/** Gitea and Forgejo, by their API v1. Throws PhaseFailed (`ConfigInvalid`) when the run lacks what it needs. */
export function createGitea(input: PhaseInput): Forge {
  const client: ForgeClient = createForgeClient(input, (token) => `token ${token}`);
  const path = repositoryPath(input.spec.repository);
  return {
    async publish(work, repetition) {
      const opening: Opening = {
        ask: async (method, path, body) => client({ method, path, ...(body && { body }) }, repetition),
        work,
        path,
        repetition,
      };
      return outcomeOf(work, await openRepeatedly(opening));
    },
  };
}

function repositoryPath(repository: string): string {
  const [, owner, name] = /([^/:]+)\/([^/]+?)(?:\.git)?\/?$/.exec(repository) ?? [];
  if (owner !== undefined && name !== undefined) return `/repos/${owner}/${name}`;
  throw new PhaseFailed('ConfigInvalid', `${repository} does not end in owner and name, as on Gitea they do`);
}

function outcomeOf({ spec, commit }: PushedWork, url: string): PhaseOutcome {
  return {
    status: 'completed',
    reason: 'PullRequestOpened',
    message: `pushed ${commit.slice(0, 12)} to ${spec.branch}; pull request ${url}`,
    branch: spec.branch,
    commit,
    pullRequestUrl: url,
  };
}

async function openRepeatedly(opening: Opening): Promise<string> {
  const whyTransient = async (error: unknown): Promise<string | undefined> =>
    error instanceof ForgeAway ? error.message : undefined;
  try {
    return await repeat({ ...opening.repetition, whyTransient }, async () => findOrOpen(opening));
  } catch (error) {
    if (error instanceof z.ZodError) {
      throw failed('what answers at the apiUrl of "forges" is not the API of a Gitea', error);
    }
    if (!(error instanceof ForgeAway)) throw error;
    throw failed(`the forge stayed away: ${error.message}; retry the task once it is back`, error);
  }
}

async function findOrOpen(opening: Opening): Promise<string> {
  const repositoryId = await checkRepository(opening);
  const found = await find(opening, repositoryId);
  if (found) return reuse(opening, found);
  const { ask, work, path } = opening;
  const answer = await ask('POST', `${path}/pulls`, {
    title: pullRequestTitle(work.spec),
    body: pullRequestBody(work),
    head: work.spec.branch,
    base: work.base.branch,
  });
  if (answer.status === 201) return pullRequest.parse(answer.body).html_url;
  // Another call was faster.
  const other = answer.status === 409 ? await find(opening, repositoryId) : undefined;
  if (other) return other.html_url;
  throw await explainRefusal(opening, answer);
}

async function checkRepository(opening: Opening): Promise<number> {
  const { ask, path, work } = opening;
  const answer = await ask('GET', path);
  if (answer.status !== 200) throw explain(opening, answer);
  const { id, archived } = repositoryAnswer.parse(answer.body);
  if (archived) throw failed(`${work.spec.repository} is archived; unarchive it, then retry`);
  return id;
}

/** The open pull request of the branch, whatever it is to be merged into; undefined when there is none. */
async function find(opening: Opening, repositoryId: number): Promise<PullRequest | undefined> {
  const { ask, work, path } = opening;
  const { branch } = work.spec;
  const isOurs = ({ state, head }: PullRequest): boolean =>
    state === 'open' && head.ref === branch && head.repo_id === repositoryId;

  const between = `${path}/pulls/${encodeURIComponent(work.base.branch)}/${encodeURIComponent(branch)}`;
  const direct = await ask('GET', between);
  const first = direct.status === 200 ? pullRequest.parse(direct.body) : undefined;
  if (first && isOurs(first)) return first;
  for (let page = 1; page <= maxPages; page++) {
    const query = `state=open&sort=recentupdate&limit=${pageSize}&page=${page}`;
    const answer = await ask('GET', `${path}/pulls?${query}`);
    if (answer.status !== 200) throw explain(opening, answer);
    const listed = z.array(pullRequest).parse(answer.body);
    const ours = listed.find(isOurs);
    if (ours || listed.length === 0) return ours;
  }
  return undefined;
}

async function reuse({ ask, work, path, repetition }: Opening, found: PullRequest): Promise<string> {
  if (isOlderBody(found.body ?? '', work.spec)) {
    const answer = await ask('PATCH', `${path}/pulls/${found.number}`, { body: pullRequestBody(work) });
    // The pull request is there, which counts; its words are those of an earlier attempt then.
    if (answer.status >= 400) repetition.tell(`the pull request keeps its old text: ${answer.words}\n`);
  }
  return found.html_url;
}

async function explainRefusal(opening: Opening, answer: ForgeAnswer): Promise<PhaseFailed> {
  const { ask, path, work } = opening;
  const branch = await ask('GET', `${path}/branches/${encodeURIComponent(work.base.branch)}`);
  if (branch.status !== 404) return explain(opening, answer);
  return failed(
    `${work.spec.repository} has no branch "${work.base.branch}" any more; name another as the task's base branch`,
  );
}

function explain(opening: Opening, { status, words }: ForgeAnswer): PhaseFailed {
  const { repository } = opening.work.spec;
  const sentences: Readonly<Record<number, string>> = {
    401: 'the forge does not take the token; make a new one and write it into the tokenFile of "forges"',
    403:
      `the token has no right to open pull requests on ${repository}; ` +
      'it needs the scopes write:repository and write:issue, and its user the right to write there',
    404: `the forge shows the token's user no repository ${repository}; give that user the right to read and write it`,
  };
  const sentence = sentences[status] ?? `the forge answered ${status}`;
  return failed(`${sentence}. The forge said: ${words}`);
}

function failed(sentence: string, cause?: unknown): PhaseFailed {
  return new PhaseFailed('PullRequestFailed', sentence, { cause });
}
