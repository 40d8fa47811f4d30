import { PhaseFailed } from '../outcome.ts';

/** The parts of a repository's address that name it on its forge. */
export interface RepositoryPath {
  readonly owner: string;
  readonly name: string;
}

/** Owner and name at the end of an address. Throws PhaseFailed (`ConfigInvalid`) when there are none. */
export function ownerAndName(repository: string): RepositoryPath {
  const [, owner, name] = /([^/:]+)\/([^/]+?)(?:\.git)?\/?$/.exec(repository) ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name };
  throw new PhaseFailed('ConfigInvalid', `${repository} does not end in owner and name`);
}

/**
 * All that names a repository below its server, for forges that have groups in groups. A server may be at a path, which
 * the base of its API has, too. Throws PhaseFailed (`ConfigInvalid`) when the address names none.
 */
export function fullPath(repository: string, apiUrl: string): string {
  const [, path = ''] = /^(?:[a-z]+:\/\/[^/]+\/|[^/:]+:)(.+?)(?:\.git)?\/?$/.exec(repository) ?? [];
  const [, server = ''] = /^\/(.+)\/api\/v4$/.exec(new URL(apiUrl).pathname) ?? [];
  const name = path.startsWith(`${server}/`) ? path.slice(server.length + 1) : path;
  if (name.includes('/')) return name;
  throw new PhaseFailed('ConfigInvalid', `${repository} does not end in group and name`);
}

/** An address as its web page has it, where it is one of HTTP. */
export function pageOf(repository: string): readonly string[] {
  return /^https?:\/\//.test(repository) ? [repository.replace(/\/$/, '').replace(/\.git$/, '')] : [];
}
