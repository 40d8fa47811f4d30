import { z } from 'zod';

import type { Finding } from '../finding.ts';
import type { TokenExaminer, TokenExamination } from './examiner.ts';
import type { ForgeAnswer, ForgeAsk } from './forge-asking.ts';
import { fine, shutOut, strange, wrong } from './forge-findings.ts';
import { examineUsers, type UserLookup } from './named-users.ts';
import { repositoryPath } from './repository-path.ts';
import { judgeRepository, unseen } from './repository-state.ts';
import { judgeEnd } from './token-end.ts';

/** Developer, by GitLab's numbers for roles. */
const developer = 30;

const user = z.object({ username: z.string() });
const selfBody = z.object({
  scopes: z.array(z.string()),
  active: z.boolean(),
  expires_at: z.string().nullish(),
});
const access = z.object({ access_level: z.number() }).nullish();
const projectBody = z.object({
  archived: z.boolean().optional(),
  empty_repo: z.boolean().optional(),
  merge_requests_enabled: z.boolean().optional(),
  merge_requests_access_level: z.string().optional(),
  permissions: z.object({ project_access: access, group_access: access }).optional(),
});

const newToken =
  'Make a token with the scope api and the role Developer: of the project, of its group, or of a bot user.';
const rightFix =
  'Give the user of the token the role Developer there, or make a token of the project with that role.';

/** Tokens of GitLab: of a user, a group or a project. */
export const gitLabTokens: TokenExaminer = {
  authorize: (token) => `Bearer ${token}`,
  async examine(examination) {
    const { ask, forge } = examination;
    const answer = await ask('/user');
    const { url, status, body } = answer;
    const refusal = shutOut(answer, newToken);
    if (refusal) return [refusal];
    const named = user.safeParse(body).data;
    if (status !== 200 || !named) return [strange(answer)];
    const repositories = await Promise.all(
      forge.repositories.map(async (address) => examineProject(examination, address)),
    );
    return [
      fine(`${url}: "${named.username}"`),
      ...judgeSelf(await ask('/personal_access_tokens/self'), examination.nowMs),
      ...repositories.flat(),
      ...(await examineUsers(examination.users, forge.apiUrl, lookupBy(ask))),
    ];
  },
};

function lookupBy(ask: ForgeAsk): UserLookup {
  return async (name) => {
    const { body } = await ask(`/users?username=${encodeURIComponent(name)}`);
    const found = z.array(user).safeParse(body).data;
    return found && found.length > 0;
  };
}

/** Older servers do not say, nor does any to a token of another kind. */
function judgeSelf({ url, status, body }: ForgeAnswer, nowMs: number): readonly Finding[] {
  const self = selfBody.safeParse(body).data;
  if (status !== 200 || !self) return [fine(`${url} does not say what the token may do (${status})`)];
  const scopes = self.scopes.join(', ');
  const lack = wrong(`${url}: the token has the scopes ${scopes}, and lacks api`, newToken);
  return [
    ...(self.active ? [] : [wrong(`${url}: the token is not active`, newToken)]),
    ...(self.scopes.includes('api') ? [fine(`${url}: the token has the scopes ${scopes}`)] : [lack]),
    ...judgeEnd(url, self.expires_at, nowMs),
  ];
}

async function examineProject(
  { ask, forge }: TokenExamination,
  address: string,
): Promise<readonly Finding[]> {
  const path = repositoryPath(address, forge.apiUrl);
  const answer = await ask(`/projects/${encodeURIComponent(path)}`);
  if (answer.status === 404) return [unseen(address, rightFix)];
  const body = projectBody.safeParse(answer.body).data;
  if (answer.status !== 200 || !body) return [strange(answer)];
  const state = {
    mayPush: mayPush(body.permissions),
    isArchived: body.archived ?? false,
    isEmpty: body.empty_repo,
    hasPullRequests: body.merge_requests_enabled !== false && body.merge_requests_access_level !== 'disabled',
  };
  return judgeRepository(address, state, rightFix);
}

/** Administrators have all rights and no role: then nothing is known. */
function mayPush(permissions: z.infer<typeof projectBody>['permissions']): boolean | undefined {
  const levels = [permissions?.project_access, permissions?.group_access].flatMap(
    (one) => one?.access_level ?? [],
  );
  return levels.length === 0 ? undefined : Math.max(...levels) >= developer;
}
