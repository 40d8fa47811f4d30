/**
 * The path of a repository on its forge, with all groups and without `.git`. A forge may stand below a path of its host,
 * which its API's address has, too: `https://host/git/api/v4`.
 */
export function repositoryPath(address: string, apiUrl: string): string {
  const scp = /^[^/:]+:(?!\/\/)(.+)$/.exec(address)?.[1];
  const path = scp ?? decodeURIComponent(URL.parse(address)?.pathname ?? '');
  const bare = path
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .replace(/\.git$/, '');
  const base = /^\/(.+?\/)?api\/v\d+\/?$/.exec(new URL(apiUrl).pathname)?.[1] ?? '';
  return address.startsWith('http') && bare.startsWith(base) ? bare.slice(base.length) : bare;
}
