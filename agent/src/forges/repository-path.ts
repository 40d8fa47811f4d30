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

/** An address as its web page has it, where it is one of HTTP. */
export function pageOf(repository: string): readonly string[] {
  return /^https?:\/\//.test(repository) ? [repository.replace(/\/$/, '').replace(/\.git$/, '')] : [];
}
