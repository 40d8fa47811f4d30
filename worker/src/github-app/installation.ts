import { TokenRefused } from '../forge-tokens.ts';
import type { GitHubRepository } from '../github-repository.ts';
import type { AppClient } from './app-client.ts';
import { lacking, suspended } from './app-refusal.ts';
import { lackingPermissions, type Permissions } from './permissions.ts';

/** What an App is wanted for. */
export interface AppUse {
  readonly appId: number;
  readonly needed: Permissions;
}

/** An installation as GitHub shows it, as far as it matters. */
export interface Installation {
  readonly id: number;
  /** Older servers leave it out. */
  readonly suspended_at?: string | null;
  readonly permissions: object;
}

/** The name of the account that an installation is on; empty where GitHub tells none. */
export function accountOf(account: object | null): string {
  if (account && 'login' in account) return String(account.login);
  return account && 'slug' in account ? String(account.slug) : '';
}

/** The installation that a repository is in. Throws what octokit throws, and TokenRefused as `demandUse` does. */
export async function findInstallation(
  { client, use }: { readonly client: AppClient; readonly use: AppUse },
  { owner, name }: GitHubRepository,
  signal: AbortSignal,
): Promise<number> {
  const call = { owner, repo: name, request: { signal } };
  const { data } = await client('GET /repos/{owner}/{repo}/installation', call);
  demandUse(use, data, `${owner}/${name}`);
  return data.id;
}

/** Throws TokenRefused when an installation is suspended or has too few rights; `where` is what it is for. */
export function demandUse(
  { appId, needed }: AppUse,
  { suspended_at: suspendedAt, permissions }: Installation,
  where: string,
): void {
  if (typeof suspendedAt === 'string') throw new TokenRefused(...suspended(appId, where));
  const missing = lackingPermissions(needed, Object.fromEntries(Object.entries(permissions)));
  if (missing.length > 0) throw new TokenRefused(...lacking(appId, where, missing));
}
