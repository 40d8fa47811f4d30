import { randomBytes } from 'node:crypto';

/** A pull request as Gitea tells it. */
interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string };
  readonly user: { readonly login: string };
}

/** Gitea as its administrator uses it, from what `FORGE_*` say. */
export interface ForgeAdmin {
  readonly url: string;
  readonly user: string;
  readonly token: string;
  call<T = unknown>(method: string, path: string, body?: object): Promise<T>;
  /** Makes a private repository with a first commit on `main`, and gives its full name. */
  makeRepository(name: string, isEmpty?: boolean): Promise<string>;
  /** Makes a token of the administrator with some scopes. */
  makeToken(...scopes: string[]): Promise<string>;
  /** Makes a user, and gives the name and a password. */
  makeUser(): Promise<{ readonly name: string; readonly password: string }>;
  pullRequests(repository: string): Promise<readonly PullRequest[]>;
  /** Full names of the branches. */
  branches(repository: string): Promise<readonly string[]>;
}

/** Reads the environment; throws for a variable that is missing. */
export function forgeAdmin(): ForgeAdmin {
  const [url, user, password, token] = ['URL', 'USER', 'PASSWORD', 'TOKEN'].map((name) => {
    const value = process.env[`FORGE_${name}`];
    if (value === undefined) throw new Error(`FORGE_${name} is not set`);
    return value;
  }) as [string, string, string, string];
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: basic, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  return {
    url,
    user,
    token,
    call,
    async makeRepository(name, isEmpty = false) {
      const body = { name, private: true, auto_init: !isEmpty, default_branch: 'main' };
      return (await call<{ full_name: string }>('POST', '/user/repos', body)).full_name;
    },
    async makeToken(...scopes) {
      const body = { name: randomBytes(6).toString('hex'), scopes };
      return (await call<{ sha1: string }>('POST', `/users/${user}/tokens`, body)).sha1;
    },
    async makeUser() {
      const made = { name: `u${randomBytes(4).toString('hex')}`, password: randomBytes(9).toString('hex') };
      const body = { username: made.name, password: made.password, email: `${made.name}@example.test` };
      await call('POST', '/admin/users', { ...body, must_change_password: false });
      return made;
    },
    pullRequests: async (repository) => call('GET', `/repos/${repository}/pulls?state=all`),
    branches: async (repository) => {
      const found = await call<{ ref: string }[]>('GET', `/repos/${repository}/git/refs`);
      return found.map(({ ref }) => ref);
    },
  };
}
