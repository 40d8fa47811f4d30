import type { AppClient } from '../../github-app/app-client.ts';
import { accountOf } from '../../github-app/installation.ts';
import type { Finding } from '../finding.ts';
import type { AppExamination } from './examiner.ts';
import { createForgeAsk, type ForgeAsk } from './forge-asking.ts';
import { statusTells } from './forge-findings.ts';
import { examineUsers, type NamedUser, type UserLookup } from './named-users.ts';

/** Looks for users and teams of GitHub. */
export function gitHubLookup(ask: ForgeAsk): UserLookup {
  return async (name) => {
    const [owner = '', team] = name.split('/').map(encodeURIComponent);
    return statusTells(await ask(team === undefined ? `/users/${owner}` : `/orgs/${owner}/teams/${team}`));
  };
}

interface Installation {
  readonly id: number;
  readonly account: object | null;
  readonly suspended_at?: string | null;
  readonly permissions: { readonly members?: string };
}

/**
 * Looks for them as an App. It may not ask itself: an installation does, for teams the one on their organization, with a
 * token for metadata, and for members where it may read them. Throws what octokit and `fetch` throw.
 */
export async function examineUsersByApp(
  { users, forge, fetch, signal }: AppExamination,
  client: AppClient,
): Promise<readonly Finding[]> {
  if (users.length === 0) return [];
  const { data } = await client('GET /app/installations', { per_page: 100, request: { signal } });
  const usable = data.filter(({ suspended_at: suspendedAt }) => typeof suspendedAt !== 'string');
  const asked = Map.groupBy(users, (user) => installationFor(user, usable));
  const found = [...asked].map(async ([installation, its]) => {
    if (!installation) return [];
    const { members } = installation.permissions;
    const made = await client('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: installation.id,
      permissions: { metadata: 'read', ...(members !== undefined && { members: 'read' as const }) },
      request: { signal },
    });
    const { apiUrl } = forge;
    const ask = createForgeAsk({ apiUrl, authorization: `Bearer ${made.data.token}`, fetch, signal });
    return examineUsers(its, apiUrl, gitHubLookup(ask));
  });
  return (await Promise.all(found)).flat();
}

function installationFor({ name }: NamedUser, usable: readonly Installation[]): Installation | undefined {
  const [owner = ''] = name.toLowerCase().split('/');
  return usable.find(({ account }) => accountOf(account).toLowerCase() === owner) ?? usable[0];
}
