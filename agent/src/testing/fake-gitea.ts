import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A pull request as the fake keeps it. */
interface FakePullRequest {
  number: number;
  state: 'open' | 'closed';
  title: string;
  body: string;
  head: { ref: string; repo_id: number };
  base: { ref: string };
  html_url: string;
}

/** What a call is answered with. */
export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** As much of Gitea's API as opening a pull request takes, with faults on demand. The real one is in `e2e`. */
export interface FakeGitea extends AsyncDisposable {
  readonly apiUrl: string;
  readonly pulls: FakePullRequest[];
  readonly calls: { readonly method: string; readonly path: string; readonly authorization: string }[];
  isArchived: boolean;
  /** Answers in place of the fake when it gives something; `drop` cuts the connection. */
  intercept: (method: string, path: string) => FakeAnswer | 'drop' | undefined;
}

/** Starts one with the repository `acme/app`, which has the branch `main`. */
export async function startFakeGitea(): Promise<FakeGitea> {
  const server = createServer((request, response) => void serve(fake, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeGitea = {
    apiUrl: `http://127.0.0.1:${port}/api/v1`,
    pulls: [],
    calls: [],
    isArchived: false,
    intercept: () => undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

async function serve(fake: FakeGitea, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const path = pathname.replace('/api/v1/repos/acme/app', '');
  const method = request.method ?? '';
  fake.calls.push({ method, path, authorization: request.headers.authorization ?? '' });
  const body = (method === 'GET' ? {} : await json(request)) as Record<string, string>;
  const instead = fake.intercept(method, path);
  if (instead === 'drop') {
    request.socket.destroy();
    return;
  }
  const { status, body: said } =
    instead ?? answer(fake, { method, path, page: searchParams.get('page'), body });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said ?? {}));
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly page: string | null;
  readonly body: Record<string, string>;
}

function answer(fake: FakeGitea, { method, path, page, body }: Asked): FakeAnswer {
  const { pulls } = fake;
  const [, , first = '', second] = path.split('/').map(decodeURIComponent);
  if (path === '') return { status: 200, body: { id: 7, archived: fake.isArchived } };
  if (path.startsWith('/branches/')) return { status: first === 'main' ? 200 : 404 };
  if (method === 'POST') return open(pulls, body);
  if (path === '/pulls') {
    return { status: 200, body: page === '1' ? pulls.filter(({ state }) => state === 'open') : [] };
  }
  const found = pulls.find(({ number, head, base }) =>
    second === undefined ? number === Number(first) : base.ref === first && head.ref === second,
  );
  if (!found) return { status: 404, body: { message: 'not found' } };
  Object.assign(found, body);
  return { status: 200, body: found };
}

function open(pulls: FakePullRequest[], body: Record<string, string>): FakeAnswer {
  const { title = '', body: text = '', head = '', base = '' } = body;
  if (base !== 'main') return { status: 404, body: { message: 'branch not found' } };
  if (pulls.some((pull) => pull.head.ref === head && pull.state === 'open')) {
    return { status: 409, body: { message: 'pull request already exists for these targets' } };
  }
  const number = pulls.length + 1;
  const made: FakePullRequest = {
    number,
    state: 'open',
    title,
    body: text,
    head: { ref: head, repo_id: 7 },
    base: { ref: base },
    html_url: `http://forge.example/acme/app/pulls/${number}`,
  };
  pulls.push(made);
  return { status: 201, body: made };
}
