import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';

import { createCertificate } from './certificate.ts';

/** Git over HTTPS with a login, as forges serve it: real git behind a real TLS server. */
export interface HttpsRemote extends AsyncDisposable {
  /** Base of the URLs, without a slash at its end. */
  readonly url: string;
  /** The authority to trust, PEM. */
  readonly authority: string;
  /** What is asked for; may change while it runs. */
  login: { username: string; password: string };
  /** Answers in place of git when it gives a status. */
  intercept: (request: IncomingMessage) => { status: number; headers?: Record<string, string> } | undefined;
  /** Each request, as method and path. */
  readonly requests: string[];
  /** What was presented to log in, whether or not it was right. */
  readonly logins: Set<string>;
}

/** Serves the repositories below a folder on a free port of `localhost`. */
export async function serveHttps(folder: string): Promise<HttpsRemote> {
  const certificate = createCertificate();
  const server = createServer(certificate, (request, response) => {
    if (admit(remote, request, response)) serveGit(folder, request, response);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const remote: HttpsRemote = {
    url: `https://localhost:${port}`,
    authority: certificate.cert,
    login: { username: 'verve', password: 'first-password' },
    intercept: () => undefined,
    requests: [],
    logins: new Set(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return remote;
}

/** Whether git is to answer; else the request has its answer already. */
function admit(remote: HttpsRemote, request: IncomingMessage, response: ServerResponse): boolean {
  remote.requests.push(`${request.method} ${request.url}`);
  const [, login] = request.headers.authorization?.split(' ') ?? [];
  if (login !== undefined) remote.logins.add(Buffer.from(login, 'base64').toString());
  const instead = remote.intercept(request);
  if (instead) {
    response.writeHead(instead.status, instead.headers).end();
    return false;
  }
  const { username, password } = remote.login;
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  if (request.headers.authorization !== expected) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
    return false;
  }
  return true;
}

/** Runs git's own CGI program for a request. */
function serveGit(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'https://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      HOME: dirname(folder),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'verve',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  child.stdout.on('data', (piece: Buffer) => {
    if (response.headersSent) {
      response.write(piece);
      return;
    }
    head = Buffer.concat([head, piece]);
    const end = head.indexOf('\r\n\r\n');
    if (end >= 0) begin(response, head, end);
  });
  child.on('close', () => response.end());
}

function begin(response: ServerResponse, bytes: Buffer, end: number): void {
  const lines = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line) => line.split(': ') as [string, string]);
  const status = Number(headers.find(([name]) => name === 'Status')?.[1].split(' ')[0] ?? 200);
  response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
  response.write(bytes.subarray(end + 4));
}

/** Lets a repository take pushes over HTTP, which git does not by itself. */
export function allowPushes(repository: string): void {
  execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true']);
}
