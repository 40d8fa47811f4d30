import { randomBytes } from 'node:crypto';

/** A pull request as Gitea tells it. */
export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string };
  readonly user: { readonly login: string };
}

/** Where a ref is, or was pushed to. */
interface RefAt {
  /** In full: `refs/heads/…`. */
  readonly ref: string;
  readonly commit: string;
}

/** What happened in a repository, as Gitea's feed tells it. */
interface Activity {
  readonly id: number;
  readonly op_type: string;
  readonly ref_name: string;
  /** JSON; empty for the making of a branch. */
  readonly content: string;
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
  /** Open and closed. */
  pullRequests(repository: string): Promise<readonly PullRequest[]>;
  /** Full names of the refs: branches, and what is hidden beside them. */
  branches(repository: string): Promise<readonly string[]>;
  /** The same with where they are. */
  refs(repository: string): Promise<readonly RefAt[]>;
  /** Each push that moved a branch, oldest first; the last ones may be missing for a moment. */
  pushes(repository: string): Promise<readonly RefAt[]>;
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

  async function list<T>(path: string): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; ; page += 1) {
      const more = await call<T[]>('GET', `${path}${path.includes('?') ? '&' : '?'}limit=50&page=${page}`);
      if (more.length === 0) return found;
      found.push(...more);
    }
  }

  async function refs(repository: string): Promise<RefAt[]> {
    const path = `/repos/${repository}/git/refs`;
    const found = await call<{ ref: string; object: { sha: string } }[]>('GET', path);
    return found.map(({ ref, object }) => ({ ref, commit: object.sha }));
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
    pullRequests: async (repository) => list(`/repos/${repository}/pulls?state=all&sort=oldest`),
    refs,
    branches: async (repository) => (await refs(repository)).map(({ ref }) => ref),
    pushes: async (repository) => {
      const feed = await list<Activity>(`/repos/${repository}/activities/feeds`);
      // A second holds several of them: the number alone is in order.
      return feed.sort((a, b) => a.id - b.id).flatMap(pushOf);
    },
  };
}

function pushOf({ op_type, ref_name, content }: Activity): RefAt[] {
  if (op_type !== 'commit_repo' || content === '') return [];
  const { HeadCommit } = JSON.parse(content) as { HeadCommit: { Sha1: string } };
  return [{ ref: ref_name, commit: HeadCommit.Sha1 }];
}
