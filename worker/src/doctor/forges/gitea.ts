import { z } from 'zod';

import type { Finding } from '../finding.ts';
import type { TokenExaminer, TokenExamination } from './examiner.ts';
import type { ForgeAsk } from './forge-asking.ts';
import { fine, shutOut, statusTells, strange, wrong } from './forge-findings.ts';
import { examineUsers, type UserLookup } from './named-users.ts';
import { repositoryPath } from './repository-path.ts';
import { judgeRepository, unseen } from './repository-state.ts';

const user = z.object({ login: z.string() });
const teams = z.object({ data: z.array(z.object({ name: z.string() })) });
const repositoryBody = z.object({
  archived: z.boolean().optional(),
  empty: z.boolean().optional(),
  has_pull_requests: z.boolean().optional(),
  permissions: z.object({ push: z.boolean() }).optional(),
});

const newToken =
  'Make a token with the scopes read:user, write:repository and write:issue: it may read its user, and read and write repositories, issues and pull requests.';
const rightFix = 'Give the user of the token the right to write there: as a collaborator, or in a team.';

/** Tokens of Gitea and Forgejo, which tell their scopes to nobody but a password. */
export const giteaTokens: TokenExaminer = {
  authorize: (token) => `token ${token}`,
  async examine(examination) {
    const answer = await examination.ask('/user');
    const { url, status, body } = answer;
    const refusal = shutOut(answer, newToken);
    if (refusal) return [refusal];
    const named = user.safeParse(body).data;
    if (status !== 200 || !named) return [strange(answer)];
    const repositories = await Promise.all(
      examination.forge.repositories.map(async (address) => examineRepository(examination, address)),
    );
    return [
      fine(`${url}: "${named.login}"`),
      ...repositories.flat(),
      ...(await examineUsers(examination.users, examination.forge.apiUrl, lookupBy(examination.ask))),
    ];
  },
};

function lookupBy(ask: ForgeAsk): UserLookup {
  return async (name) => {
    const [owner = '', team] = name.split('/');
    if (team === undefined) return statusTells(await ask(`/users/${encodeURIComponent(owner)}`));
    const query = `/orgs/${encodeURIComponent(owner)}/teams/search?q=${encodeURIComponent(team)}`;
    const { status, body } = await ask(query);
    if (status === 404) return false;
    // Teams whose names only have it in them are found as well.
    return teams.safeParse(body).data?.data.some((one) => one.name.toLowerCase() === team.toLowerCase());
  };
}

async function examineRepository(
  { ask, forge }: TokenExamination,
  address: string,
): Promise<readonly Finding[]> {
  const path = repositoryPath(address, forge.apiUrl).split('/').slice(-2).map(encodeURIComponent).join('/');
  const answer = await ask(`/repos/${path}`);
  if (answer.status === 403)
    return [wrong(`${address}: the token may not read it: ${answer.words}`, newToken)];
  if (answer.status === 404) return [unseen(address, rightFix)];
  const body = repositoryBody.safeParse(answer.body).data;
  if (answer.status !== 200 || !body) return [strange(answer)];
  const state = {
    mayPush: body.permissions?.push,
    isArchived: body.archived ?? false,
    isEmpty: body.empty,
    hasPullRequests: body.has_pull_requests,
  };
  return judgeRepository(address, state, rightFix);
}
