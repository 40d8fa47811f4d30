import { z } from 'zod';

import { gitHubRepository } from '../../github-repository.ts';
import type { Finding } from '../finding.ts';
import type { TokenExaminer, TokenExamination } from './examiner.ts';
import type { ForgeAnswer } from './forge-asking.ts';
import { doubtful, fine, shutOut, strange, wrong } from './forge-findings.ts';
import { gitHubLookup } from './github-users.ts';
import { examineUsers } from './named-users.ts';
import { judgeRepository, unseen } from './repository-state.ts';
import { judgeEnd } from './token-end.ts';

const user = z.object({ login: z.string() });
const repositoryBody = z.object({
  archived: z.boolean(),
  permissions: z.object({ push: z.boolean() }).optional(),
  has_pull_requests: z.boolean().optional(),
});

const newToken =
  'Make a fine-grained token for the repositories with Contents and Pull requests: Read and write, or a classic one with the scope repo.';
const rightFix =
  'Give the user of the token the role Write there, and let a fine-grained token select the repository.';

/** Tokens of users of GitHub, classic and fine-grained. */
export const gitHubTokens: TokenExaminer = {
  authorize: (token) => `Bearer ${token}`,
  async examine(examination) {
    const { ask, forge, nowMs } = examination;
    const answer = await ask('/user');
    const refused = refusal(answer);
    if (refused) return [refused];
    const { login } = user.parse(answer.body);
    const end = answer.headers.get('github-authentication-token-expiration');
    const repositories = await Promise.all(
      forge.repositories.map(async (address) => examineRepository(examination, address)),
    );
    return [
      ...judgeScopes(examination, answer, login),
      ...judgeEnd(answer.url, end, nowMs),
      ...repositories.flat(),
      ...(await examineUsers(examination.users, forge.apiUrl, gitHubLookup(ask))),
    ];
  },
};

function refusal(answer: ForgeAnswer): Finding | undefined {
  const { status, body } = answer;
  const fix = status === 401 ? newToken : 'Do what GitHub says, or make another token.';
  const isUser = status === 200 && user.safeParse(body).success;
  return shutOut(answer, fix) ?? (isUser ? undefined : strange(answer));
}

function judgeScopes(
  { forge, settings }: TokenExamination,
  { url, headers }: ForgeAnswer,
  login: string,
): readonly Finding[] {
  const told = headers.get('x-oauth-scopes');
  if (told === null) {
    const about =
      forge.repositories.length > 0 ? 'so only its user was asked about' : 'and no repository is named whole';
    return [fine(`${url}: "${login}"; what a fine-grained token may do cannot be asked, ${about}`)];
  }
  const scopes = told.split(',').map((scope) => scope.trim());
  const who = fine(`${url}: "${login}", a classic token with the scopes "${scopes.join(', ')}"`);
  return [who, ...missingScopes(url, scopes, settings.mayChangeWorkflows)];
}

function missingScopes(
  url: string,
  scopes: readonly string[],
  mayChangeWorkflows: boolean,
): readonly Finding[] {
  const fix = (scope: string): string =>
    `Give the token the scope ${scope}, on the page "Personal access tokens".`;
  const isPublicAlone = !scopes.includes('repo') && scopes.includes('public_repo');
  const findings = [
    isPublicAlone && doubtful(`${url}: the token reaches public repositories alone`, fix('repo')),
    !scopes.includes('repo') &&
      !isPublicAlone &&
      wrong(`${url}: the token lacks the scope repo`, fix('repo')),
    mayChangeWorkflows &&
      !scopes.includes('workflow') &&
      wrong(`${url}: "mayChangeWorkflows" is set and the token lacks the scope workflow`, fix('workflow')),
  ];
  return findings.filter((finding) => finding !== false);
}

async function examineRepository({ ask }: TokenExamination, address: string): Promise<readonly Finding[]> {
  const repository = gitHubRepository(address);
  if (!repository) return [wrong(`${address} does not end in owner and name`, 'Mend it in "repositories".')];
  const answer = await ask(`/repos/${repository.owner}/${repository.name}`);
  if (answer.status === 404) return [unseen(address, rightFix)];
  const body = repositoryBody.safeParse(answer.body).data;
  if (answer.status !== 200 || !body) return [strange(answer)];
  const state = {
    mayPush: body.permissions?.push,
    isArchived: body.archived,
    isEmpty: undefined,
    hasPullRequests: body.has_pull_requests,
  };
  return judgeRepository(address, state, rightFix);
}
