import type { WorkerSettings } from '../../config.ts';
import { forgeOf, type RepositoryForge } from '../../forge-of.ts';

/** A forge as it is used: one token or App, and the repositories for which it is named. */
export interface ExaminedForge {
  readonly kind: Exclude<RepositoryForge['kind'], 'none'>;
  readonly apiUrl: string;
  readonly tokenFile?: string;
  readonly app?: NonNullable<RepositoryForge['app']>;
  readonly pullRequest: RepositoryForge['pullRequest'];
  /** Prefixes of the settings that lead to it; the first stands for it in words. */
  readonly prefixes: readonly string[];
  /** Addresses that `repositories` names whole. */
  readonly repositories: readonly string[];
}

/** Every forge that some repository may be on, each token once: those of `forges`, and known hosts with a login alone. */
export function forgesToExamine(settings: WorkerSettings): readonly ExaminedForge[] {
  const known = settings.repositories.filter((pattern) => !pattern.includes('*'));
  const prefixes = [...settings.forges, ...settings.credentials].map((entry) => entry.prefix);
  const uses = new Map<string, ExaminedForge>();
  for (const address of [...prefixes, ...known]) {
    const found = useOf(settings, address);
    if (!found) continue;
    const before = uses.get(found.key) ?? found.forge;
    const isRepository = known.includes(address);
    uses.set(found.key, {
      ...before,
      prefixes: isRepository ? before.prefixes : [...new Set([...before.prefixes, address])],
      repositories: isRepository ? [...before.repositories, address] : before.repositories,
    });
  }
  return [...uses.values()].filter((use) => !isShadowed(use, [...uses.values()]));
}

function useOf(
  settings: WorkerSettings,
  address: string,
): { readonly key: string; readonly forge: ExaminedForge } | undefined {
  const { kind, apiUrl, tokenFile, app, pullRequest } = forgeOf(settings, address);
  if (kind === 'none' || apiUrl === undefined) return undefined;
  const forge: ExaminedForge = {
    kind,
    apiUrl,
    ...(tokenFile !== undefined && { tokenFile }),
    ...(app && { app }),
    pullRequest,
    prefixes: [],
    repositories: [],
  };
  return { key: JSON.stringify([kind, apiUrl, tokenFile, app]), forge };
}

/** A forge without a token of its own, below whose prefix credentials have some: no repository need be without. */
function isShadowed(use: ExaminedForge, all: readonly ExaminedForge[]): boolean {
  if (use.tokenFile !== undefined || use.app || use.repositories.length > 0) return false;
  return all.some((other) => other.apiUrl === use.apiUrl && other.tokenFile !== undefined);
}
