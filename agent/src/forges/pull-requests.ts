import type { PhaseOutcome } from '@verve/contract';
import { z } from 'zod';

import type { Forge, PushedWork } from '../forge.ts';
import type { Repetition } from '../retry.ts';
import { ForgeRefused, pullRequestFailed } from './forge-errors.ts';
import { atForge } from './forge-waits.ts';
import { issueLines, type ShownRepository } from './issue-links.ts';
import { addAll, type Addition } from './pull-request-additions.ts';
import { isOlderBody, pullRequestBody } from './pull-request-text.ts';

/** A pull request of the task's branch. */
export interface PullRequest {
  /** Grows with each one of the repository. */
  readonly number: number;
  readonly url: string;
  /** `closed`: without having been merged. */
  readonly state: 'open' | 'closed' | 'merged';
  readonly body: string;
  /** The commit that its branch is at, or was at when it was merged. */
  readonly head: string;
}

/**
 * What a kind of forge does for one publish. Each call throws ForgeAway, ForgeLimited or ForgeRefused, a ZodError for an
 * answer that the forge does not give, and PhaseFailed for what it knows itself to be refused for good.
 */
export interface PullRequestApi {
  /** Throws PhaseFailed when the repository takes no pull requests. */
  readonly repository: () => Promise<ShownRepository>;
  /** All whose head is the task's branch in the repository itself. */
  readonly find: (shown: ShownRepository) => Promise<readonly PullRequest[]>;
  /** Opens one; undefined when there is one already. */
  readonly open: (body: string) => Promise<PullRequest | undefined>;
  readonly rewrite: (pull: PullRequest, body: string) => Promise<void>;
  readonly additions: (pull: PullRequest) => readonly Addition[];
  /** A refusal in a sentence that says what to change where. */
  readonly explain: (refusal: ForgeRefused) => Promise<string>;
}

/**
 * A forge that opens pull requests, one for each task. An open one of the branch is used again. One that was closed is
 * not opened again, and there is no second one: PhaseFailed. One that was merged stands for the commit it was merged at,
 * as when publish was repeated after a crash; newer work gets one of its own.
 */
export function createPullRequestForge(
  name: string,
  connect: (work: PushedWork, repetition: Repetition) => PullRequestApi,
): Forge {
  return {
    async publish(work, repetition) {
      const opening = { api: connect(work, repetition), work, repetition, name };
      const { pull, body } = await atForge(repetition, async () => explained(opening));
      if (isOlderBody(pull.body, work.spec)) await rewrite(opening, pull, body);
      if (pull.state === 'open') await addAll(opening.api.additions(pull), repetition);
      return outcomeOf(work, pull.url);
    },
  };
}

interface Opening {
  readonly api: PullRequestApi;
  readonly work: PushedWork;
  readonly repetition: Repetition;
  /** What the forge's program is called. */
  readonly name: string;
}

interface Opened {
  readonly pull: PullRequest;
  readonly body: string;
}

async function explained(opening: Opening): Promise<Opened> {
  try {
    return await findOrOpen(opening);
  } catch (error) {
    if (error instanceof ForgeRefused) throw pullRequestFailed(await opening.api.explain(error), error);
    if (!(error instanceof z.ZodError)) throw error;
    throw pullRequestFailed(
      `what answers at the apiUrl of "forges" is not the API of a ${opening.name}`,
      error,
    );
  }
}

async function findOrOpen({ api, work }: Opening): Promise<Opened> {
  const shown = await api.repository();
  const body = pullRequestBody(work, issueLines(work.spec.description, shown));
  const found = standing(await api.find(shown), work.commit);
  if (found) return { pull: found, body };
  // Where another call was faster, there is one by now.
  const pull = (await api.open(body)) ?? standing(await api.find(shown), work.commit);
  if (pull) return { pull, body };
  throw pullRequestFailed(`the forge has a pull request of ${work.spec.branch} already and does not show it`);
}

/** The pull request that stands for the work; undefined when it needs a new one. */
function standing(found: readonly PullRequest[], commit: string): PullRequest | undefined {
  const open = found.find(({ state }) => state === 'open');
  const [newest] = found.toSorted((a, b) => b.number - a.number);
  if (open ?? !newest) return open;
  if (newest.state === 'merged') return newest.head === commit ? newest : undefined;
  throw pullRequestFailed(
    `the pull request ${newest.url} was closed without being merged, and is not opened again; ` +
      'reopen it, where the forge allows that, and retry the task, or create a new task',
  );
}

/** The pull request is there, which counts; where it cannot be rewritten its words are those of an earlier attempt. */
async function rewrite({ api, repetition }: Opening, pull: PullRequest, body: string): Promise<void> {
  try {
    await atForge(repetition, async () => api.rewrite(pull, body));
  } catch (error) {
    repetition.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    repetition.tell(`the pull request keeps its old text: ${why}\n`);
  }
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
