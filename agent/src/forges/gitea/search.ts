import { z } from 'zod';

import type { PullRequest } from '../pull-requests.ts';
import type { AtGitea } from './at-gitea.ts';
import { taskTimeMs } from './task-time.ts';

const pageSize = 50;
const maxPages = 100;
/** The forge's clock and the server's may differ by as much. */
const clocksMs = 24 * 60 * 60_000;

/** A pull request in Gitea's answers, as far as it matters. */
export const pullAnswer = z.object({
  number: z.int(),
  html_url: z.url(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean().nullish(),
  body: z.string().nullish(),
  updated_at: z.string(),
  head: z.object({
    /** Once the branch is gone, a name that Gitea has beside it. */
    ref: z.string(),
    sha: z.string(),
    repo: z.object({ full_name: z.string() }).nullish(),
  }),
});
type PullAnswer = z.infer<typeof pullAnswer>;

const ref = z.object({ ref: z.string(), object: z.object({ sha: z.string() }) });
/** One that fits by its whole name comes alone. */
const refs = z.union([z.array(ref), ref.transform((it) => [it])]);

/**
 * The pull requests of the task's branch. Gitea cannot be asked for those of a branch, so the ones that changed last are
 * looked through, as far back as the task is old.
 */
export async function findPulls(at: AtGitea, fullName: string): Promise<readonly PullRequest[]> {
  const { branch, taskId } = at.work.spec;
  const since = taskTimeMs(taskId) - clocksMs;
  const found: PullRequest[] = [];
  for (let page = 1; page <= maxPages; page++) {
    const query = `state=all&sort=recentupdate&limit=${pageSize}&page=${page}`;
    const listed = z.array(pullAnswer).parse(await at.ask('GET', `${at.path}/pulls?${query}`));
    const ours = listed.filter(({ head }) => head.ref === branch && head.repo?.full_name === fullName);
    for (const pull of ours) found.push(await settled(at, pull));
    if (listed.length === 0 || listed.some(({ updated_at }) => Date.parse(updated_at) < since)) break;
  }
  return found;
}

/** Of a merged one Gitea tells where its branch is now, which may have moved since; a ref keeps what was merged. */
async function settled({ ask, path }: AtGitea, pull: PullAnswer): Promise<PullRequest> {
  const told = pullRequestOf(pull);
  if (told.state !== 'merged') return told;
  const name = `pull/${pull.number}/head`;
  const listed = refs.parse(await ask('GET', `${path}/git/refs/${name}`));
  const head = listed.find(({ ref }) => ref === `refs/${name}`)?.object.sha;
  return { ...told, head: head ?? '' };
}

/** A pull request as Gitea tells it. */
export function pullRequestOf({ number, html_url: url, state, merged, body, head }: PullAnswer): PullRequest {
  return { number, url, state: merged === true ? 'merged' : state, body: body ?? '', head: head.sha };
}
