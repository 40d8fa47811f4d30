import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { loadGitHubSchema, type DescribedCall, type GitHubSchema } from './github-schema.ts';

/** A call for an installation token that was answered with one. */
interface TokenRequest {
  readonly installationId: number;
  readonly body: unknown;
}

/** An installation of the fake's App. */
interface FakeInstallation {
  readonly id: number;
  readonly account: string;
  /** Names of the account's repositories. */
  readonly repositories: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
  readonly isSuspended?: boolean;
}

/** A token of a user: with scopes when it is a classic one. */
interface FakeUserToken {
  readonly login: string;
  readonly scopes?: readonly string[];
  readonly expiresAt?: string;
}

/**
 * A stand-in for GitHub with one App and some tokens of users. What it answers and is sent keeps to the published
 * description of the API; what does not is answered with 500. It believes an App by its signature alone.
 */
export interface FakeGitHub extends AsyncDisposable {
  readonly url: string;
  readonly appId: number;
  /** PKCS#1, PEM, as GitHub hands it out. */
  readonly privateKey: string;
  /** What the App itself asks its owners for. */
  permissions: Readonly<Record<string, string>>;
  installations: readonly FakeInstallation[];
  readonly userTokens: Map<string, FakeUserToken>;
  /** By owner and name: what differs from a repository as any other. */
  readonly repositories: Map<string, object>;
  /** Users by their logins, and teams as `org/team`, which take a right of their own to see. */
  readonly users: Set<string>;
  readonly tokenRequests: TokenRequest[];
  /** How long its tokens are good. */
  lifeMs: number;
  /** How far its clock is ahead. */
  skewMs: number;
  /** Answers 503 to that many calls. */
  failures: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Undefined: an error, all of which are of one form. */
  readonly call?: DescribedCall;
  readonly headers?: Readonly<Record<string, string>>;
}

let loaded: GitHubSchema | undefined;

/** Starts the stand-in on a free port. */
export async function startFakeGitHub(): Promise<FakeGitHub> {
  const schema = (loaded ??= loadGitHubSchema());
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const fake: FakeGitHub = {
    url: `http://127.0.0.1:${port}`,
    appId: 4711,
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    permissions: { metadata: 'read', contents: 'write', pull_requests: 'write' },
    installations: [],
    userTokens: new Map(),
    repositories: new Map(),
    users: new Set(),
    tokenRequests: [],
    lifeMs: 3_600_000,
    skewMs: 0,
    failures: 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += String(piece);
    const answer = checked(answerTo(request, text === '' ? undefined : JSON.parse(text)));
    response.writeHead(answer.status, {
      'content-type': 'application/json; charset=utf-8',
      date: new Date(Date.now() + fake.skewMs).toUTCString(),
      ...answer.headers,
    });
    response.end(JSON.stringify(answer.body));
  }

  function checked(answer: Answer): Answer {
    const problem = answer.call && schema.answerProblem(answer.call, answer.status, answer.body);
    return problem === undefined ? answer : { status: 500, body: { message: problem } };
  }

  function answerTo(request: IncomingMessage, body: unknown): Answer {
    if (fake.failures > 0) {
      fake.failures--;
      return refusal(503, 'Service unavailable');
    }
    const { authorization = '' } = request.headers;
    const path = request.url?.split('?')[0] ?? '';
    const token = authorization.replace(/^\w+ /, '');
    const isOfApp = path.startsWith('/app') || path.endsWith('/installation');
    if (/^\/(?:users|orgs)\//.test(path)) return nameAnswer(path, token);
    if (!isOfApp) return userAnswer(path, token);
    return jwtProblem(authorization) ?? appAnswer(path, body);
  }

  function jwtProblem(authorization: string): Answer | undefined {
    const [, head = '', claims = '', signature = ''] =
      /^bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization) ?? [];
    const isSigned = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(publicKey, signature, 'base64url');
    if (!isSigned || decoded(head)['alg'] !== 'RS256') {
      return refusal(401, 'A JSON web token could not be decoded');
    }
    const { iss, iat, exp } = decoded(claims);
    const now = Math.floor((Date.now() + fake.skewMs) / 1_000);
    if (Number(iss) !== fake.appId) return refusal(404, 'Integration not found');
    if (!(Number(iat) <= now)) {
      return refusal(
        401,
        `'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued`,
      );
    }
    if (!(Number(exp) > now)) {
      return refusal(
        401,
        `'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires`,
      );
    }
    if (Number(exp) - now > 600) {
      return refusal(401, `'Expiration time' claim ('exp') is too far in the future`);
    }
    return undefined;
  }

  function appAnswer(path: string, body: unknown): Answer {
    if (path === '/app')
      return described('/app', {
        id: fake.appId,
        slug: 'verve',
        name: 'Verve',
        permissions: fake.permissions,
      });
    if (path === '/app/installations') {
      const call = { method: 'get', path } as const;
      return { status: 200, call, body: fake.installations.map((one) => installationBody(one)) };
    }
    const [, id] = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path) ?? [];
    if (id !== undefined) return mint(Number(id), body);
    const [, owner, name = ''] = /^\/repos\/([^/]+)\/([^/]+)\/installation$/.exec(path) ?? [];
    const found = fake.installations.find((one) => one.account === owner && one.repositories.includes(name));
    if (!found) return refusal(404, 'Not Found');
    const call = { method: 'get', path: '/repos/{owner}/{repo}/installation' } as const;
    return { status: 200, call, body: installationBody(found) };
  }

  function mint(installationId: number, body: unknown): Answer {
    const call = { method: 'post', path: '/app/installations/{installation_id}/access_tokens' } as const;
    const problem = schema.requestProblem(call, body);
    const found = fake.installations.find(({ id }) => id === installationId);
    if (problem !== undefined) return refusal(400, problem);
    if (!found) return refusal(404, 'Not Found');
    if (found.isSuspended) return refusal(403, 'This installation has been suspended');
    const { permissions = {}, repositories = [] } = body as {
      permissions?: Record<string, string>;
      repositories?: string[];
    };
    const isGranted = ([name, level]: [string, string]): boolean =>
      found.permissions[name] === level || found.permissions[name] === 'write';
    if (!Object.entries(permissions).every(isGranted)) {
      return refusal(422, 'The permissions requested are not granted to this installation.');
    }
    if (!repositories.every((name) => found.repositories.includes(name))) {
      return refusal(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    }
    fake.tokenRequests.push({ installationId, body });
    const token = `${installationToken}${String(fake.tokenRequests.length).padStart(36, '0')}`;
    const expiresAt = new Date(Date.now() + fake.skewMs + fake.lifeMs).toISOString();
    return {
      status: 201,
      call,
      body: { token, expires_at: expiresAt, permissions, repository_selection: 'selected' },
    };
  }

  function userAnswer(path: string, token: string): Answer {
    const user = fake.userTokens.get(token);
    if (!user) return refusal(401, 'Bad credentials');
    const headers = {
      ...(user.scopes && { 'x-oauth-scopes': user.scopes.join(', ') }),
      ...(user.expiresAt !== undefined && { 'github-authentication-token-expiration': user.expiresAt }),
    };
    if (path === '/user') return { ...described('/user', { login: user.login }), headers };
    const given = fake.repositories.get(path.replace('/repos/', ''));
    if (!given) return refusal(404, 'Not Found');
    // What the example lacks, and where it lacks it once more.
    const mended = { language: null, source: undefined, parent: undefined, ...given };
    return { ...described('/repos/{owner}/{repo}', mended), headers };
  }

  function nameAnswer(path: string, token: string): Answer {
    const [, login = '', org = '', team = ''] =
      /^\/(?:users\/([^/]+)|orgs\/([^/]+)\/teams\/([^/]+))$/.exec(path) ?? [];
    const minted = fake.tokenRequests[Number(token.replace(installationToken, '')) - 1];
    if (!minted && !fake.userTokens.has(token)) return refusal(401, 'Bad credentials');
    const { permissions } = (minted?.body ?? {}) as { permissions?: { members?: string } };
    if (team !== '' && minted && permissions?.members === undefined)
      return refusal(403, 'Resource not accessible by integration');
    if (!fake.users.has(team === '' ? login : `${org}/${team}`)) return refusal(404, 'Not Found');
    return team === '' ? described('/users/{username}', { login }) : teamAnswer(team);
  }

  function teamAnswer(slug: string): Answer {
    const path = '/orgs/{org}/teams/{team_slug}';
    const example = schema.example({ method: 'get', path }, 200) as { readonly organization: object };
    // What the example lacks.
    const organization = { ...example.organization, archived_at: null };
    return described(path, { type: 'organization', organization, slug });
  }

  /** The description's example with something of our own. */
  function described(path: string, given: object): Answer {
    const call = { method: 'get', path } as const;
    return { status: 200, call, body: { ...schema.example(call, 200), ...given } };
  }

  function installationBody({ id, account, permissions, isSuspended = false }: FakeInstallation): object {
    const call = { method: 'get', path: '/repos/{owner}/{repo}/installation' } as const;
    const example = schema.example(call, 200) as { readonly account: object };
    return {
      ...example,
      id,
      app_id: fake.appId,
      account: { ...example.account, ...enterprise, login: account },
      permissions,
      suspended_at: isSuspended ? '2026-01-31T12:00:00Z' : null,
      suspended_by: null,
    };
  }

  return fake;
}

const installationToken = 'ghs_';

/** The description wants an account in a list to be a user and an enterprise at once. */
const enterprise = {
  name: 'Acme',
  slug: 'acme',
  created_at: '2026-01-31T12:00:00Z',
  updated_at: '2026-01-31T12:00:00Z',
};

function refusal(status: number, message: string): Answer {
  return {
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  };
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}
