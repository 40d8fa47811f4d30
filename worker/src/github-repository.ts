/** A repository as GitHub's API names it. */
export interface GitHubRepository {
  readonly owner: string;
  readonly name: string;
}

/** Takes owner and name from an address; undefined when its path has another form. */
export function gitHubRepository(address: string): GitHubRepository | undefined {
  const path = /^[a-z]+:\/\/[^/]+\/(.+)$/i.exec(address)?.[1] ?? /^[^/:]+:(.+)$/.exec(address)?.[1] ?? '';
  const [, owner, name] = /^\/?([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(path) ?? [];
  return owner === undefined || name === undefined ? undefined : { owner, name };
}
