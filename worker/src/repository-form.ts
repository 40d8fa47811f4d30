import { repositoryProblem } from '@verve/contract';

const scp = /^[^/]*?@[^/:]*:/;

/**
 * Says why a repository's address cannot be held against patterns; undefined when it can. Patterns are compared letter by
 * letter, so an address must mean what it looks like to git, to its HTTP library and to the forge: `acme/../other` stands
 * below `acme` for a pattern, and is another repository for all of those.
 */
export function formProblem(repository: string): string | undefined {
  const problem = repositoryProblem(repository);
  if (problem !== undefined) return problem;
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  if (/[\x00-\x20\x7f\\?#]/.test(repository)) return 'must not contain "\\", "?", "#" or control characters';

  const isUrl = repository.includes('://');
  const [host, path] = isUrl ? splitUrl(repository) : splitScp(repository);
  if (/(?:^|@)-/.test(host)) return 'must not name a host that begins with "-"';
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  return segments.some(isOdd)
    ? 'must not contain "." or ".." as a step of its path, empty steps or encoded separators'
    : undefined;
}

function splitUrl(url: string): readonly [string, string] {
  const rest = url.slice(url.indexOf('://') + 3);
  const slash = rest.indexOf('/');
  return slash < 0 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash)];
}

function splitScp(address: string): readonly [string, string] {
  const host = scp.exec(address)?.[0] ?? '';
  return [host, address.slice(host.length)];
}

function isOdd(segment: string): boolean {
  const text = decoded(segment);
  return text === undefined || text === '' || text === '.' || text === '..' || /[/\\%\0]/.test(text);
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
