import { longestPrefix } from '@verve/contract';

import type { WorkerSettings } from './config.ts';
import { knownForge, type ForgeSettings } from './forge-settings.ts';

type ForgeKind = NonNullable<ForgeSettings['kind']>;

/** Where the pull requests of one repository are opened, and what with. */
export interface RepositoryForge {
  readonly kind: ForgeKind;
  /** Absent for `none`. */
  readonly apiUrl?: string;
  /** Absent where an App stands instead, or where nothing was configured: then the run says so. */
  readonly tokenFile?: string;
  readonly app?: NonNullable<ForgeSettings['app']>;
  readonly pullRequest: ForgeSettings['pullRequest'];
}

const apiPaths = { github: '/api/v3', gitlab: '/api/v4', gitea: '/api/v1' } as const satisfies Record<
  Exclude<ForgeKind, 'none'>,
  string
>;

/** The forge of a repository: the entry of the longest prefix, else what its host is known to be; else `none`. */
export function forgeOf(
  { forges, credentials }: Pick<WorkerSettings, 'forges' | 'credentials'>,
  repository: string,
): RepositoryForge {
  const entry = longestPrefix(forges, repository);
  const password = longestPrefix(credentials, repository)?.passwordFile;
  const known = knownForge(repository);
  if (!entry && (known === undefined || password === undefined)) return none;
  const kind = entry?.kind ?? known ?? 'none';
  const pullRequest = entry?.pullRequest ?? none.pullRequest;
  if (kind === 'none') return { kind, pullRequest };
  const tokenFile = entry?.app ? undefined : (entry?.tokenFile ?? password);
  return {
    kind,
    apiUrl: entry?.apiUrl ?? apiUrlOf(kind, entry?.prefix ?? repository),
    ...(tokenFile !== undefined && { tokenFile }),
    ...(entry?.app && { app: entry.app }),
    pullRequest,
  };
}

const none: RepositoryForge = {
  kind: 'none',
  pullRequest: { draft: false, labels: [], reviewers: [], assignees: [] },
};

/** The base of the API of a forge without an `apiUrl`, by an address of its repositories. */
function apiUrlOf(kind: Exclude<ForgeKind, 'none'>, address: string): string {
  const known = knownForge(address);
  if (known === 'github') return 'https://api.github.com';
  if (known === 'gitlab') return 'https://gitlab.com/api/v4';
  return new URL(apiPaths[kind], address).href;
}
