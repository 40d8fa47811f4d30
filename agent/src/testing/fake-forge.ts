import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { Certificate } from './certificate.ts';

/** A pull request as a fake forge keeps it, whatever the forge. */
export interface FakePull {
  readonly number: number;
  state: 'open' | 'closed' | 'merged';
  title: string;
  body: string;
  /** The head branch, in the repository itself unless `fork` names another. */
  readonly branch: string;
  readonly fork?: string;
  base: string;
  isDraft: boolean;
  /** Where the head was when it was merged; until then the branch counts. */
  mergedAt?: string;
  labels: string[];
  reviewers: string[];
  assignees: string[];
}

/** What a fake was asked. */
export interface FakeCall {
  readonly method: string;
  /** Below the base of the API, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown> | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What a call is answered with. */
export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One repository on a forge: what it has and what it forbids. */
export interface FakeForge extends AsyncDisposable {
  readonly apiUrl: string;
  readonly calls: FakeCall[];
  readonly pulls: FakePull[];
  /** Commits by branch. */
  readonly branches: Map<string, string>;
  /** Who may review and be assigned; `acme/core` is a team. The author of pull requests is `verve`. */
  readonly people: Set<string>;
  readonly labels: Set<string>;
  /** Changes when the repository is renamed; then its old name leads to the new one. */
  fullName: string;
  isArchived: boolean;
  takesPulls: boolean;
  takesDrafts: boolean;
  /** Whether the base has all that the branch has. */
  isMerged: boolean;
  /** Answers in place of the fake when it gives something; `drop` cuts the connection. */
  intercept: (call: FakeCall) => FakeAnswer | 'drop' | undefined;
  /** Where requests or answers are not as the forge's API is described. */
  readonly violations: string[];
}

/** How one kind of forge speaks. */
export interface FakeKind {
  /** Of the API's addresses. */
  readonly apiPath: string;
  readonly fullName: string;
  readonly answer: (fake: FakeForge, call: FakeCall) => FakeAnswer;
  /** What is wrong with a call and its answer by the description of the API. */
  readonly violations?: (call: FakeCall, answer: FakeAnswer) => readonly string[];
}

/** Starts a fake with the branch `main`. */
export async function startFakeForge(kind: FakeKind, certificate?: Certificate): Promise<FakeForge> {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve({ fake, kind }, request, response).catch((error: unknown) => {
      fake.violations.push(String(error));
      request.socket.destroy();
    });
  };
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeForge = {
    apiUrl: `${certificate ? 'https' : 'http'}://localhost:${port}${kind.apiPath}`,
    calls: [],
    pulls: [],
    branches: new Map([['main', 'b'.repeat(40)]]),
    people: new Set(['ada', 'bob', 'acme/core']),
    labels: new Set(['verve', 'robot']),
    fullName: kind.fullName,
    isArchived: false,
    takesPulls: true,
    takesDrafts: true,
    isMerged: false,
    intercept: () => undefined,
    violations: [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

interface Serving {
  readonly fake: FakeForge;
  readonly kind: FakeKind;
}

async function serve(
  { fake, kind }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
  const sent = await text(request);
  const call: FakeCall = {
    method: request.method ?? '',
    path: pathname.slice(kind.apiPath.length),
    query,
    body: sent === '' ? undefined : (JSON.parse(sent) as Record<string, unknown>),
    headers: request.headers,
  };
  fake.calls.push(call);
  const instead = fake.intercept(call);
  if (instead === 'drop') {
    request.socket.destroy();
    return;
  }
  const answer = instead ?? kind.answer(fake, call);
  fake.violations.push(...(kind.violations?.(call, answer) ?? []));
  const isJson = typeof answer.body !== 'string';
  response.writeHead(answer.status, {
    'content-type': isJson ? 'application/json; charset=utf-8' : 'text/html',
    ...answer.headers,
  });
  if (answer.status === 204) response.end();
  else response.end(isJson ? JSON.stringify(answer.body ?? {}) : answer.body);
}

/** What a pull request is to begin with. */
export type NewFakePull = Pick<FakePull, 'title' | 'body' | 'branch' | 'base'> & Partial<FakePull>;

/** Puts a pull request into a fake, as another call or a person would. */
export function addPull(fake: FakeForge, wanted: NewFakePull): FakePull {
  const made: FakePull = {
    number: fake.pulls.length + 1,
    state: 'open',
    isDraft: false,
    labels: [],
    reviewers: [],
    assignees: [],
    ...wanted,
  };
  fake.pulls.push(made);
  return made;
}

/** Where the head of a pull request is, as forges tell it. */
export function headOf({ branches }: FakeForge, { branch, mergedAt }: FakePull): string {
  return mergedAt ?? branches.get(branch) ?? '';
}

/** Strings of a list in a call's body. */
export function listIn({ body }: FakeCall, name: string): readonly string[] {
  const value = body?.[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** A string in a call's body; empty when there is none. */
export function textIn({ body }: FakeCall, name: string): string {
  const value = body?.[name];
  return typeof value === 'string' ? value : '';
}

/** Adds what is missing. */
export function addMissing(list: string[], more: readonly string[]): void {
  for (const each of more) if (!list.includes(each)) list.push(each);
}
