import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import {
  appendChunk,
  heartbeat,
  newId,
  outcome,
  progress,
  type AppendChunk,
  type Conflict,
  type Outcome,
  type Task,
} from '@verve/contract';

import type { Certificate } from './certificate.ts';

/**
 * A stand-in for the server with one task at a time: it speaks the contract's schemas and keeps the rules that a worker
 * leans on (contiguous chunks, exact repeats, one outcome), all in memory.
 */
export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly chunks: AppendChunk[];
  readonly outcomes: Outcome[];
  readonly phases: string[];
  /** Why runs did not begin, as it was told with each phase; empty: nothing held it up. */
  readonly waits: string[];
  /** Every attempt named in a heartbeat so far. */
  readonly named: Set<string>;
  /** The worker has to register again, as with a new database. */
  forgetWorker(): void;
  /** The next poll with a slot claims it. */
  offer(task: Task): void;
  /** What heartbeats say of each attempt that they name. */
  verdict: 'held' | 'lost' | 'canceled';
  /** Of the caller's key; undefined: it has no such key, and answers 401 to everything. */
  role: 'worker' | 'member' | 'admin' | undefined;
  /** That callers have shown, each once. */
  readonly keys: Set<string>;
  /** Lets runs publish. */
  grants: boolean;
  /** Answers 503 to outcomes when it does not. */
  takesOutcomes: boolean;
  /** How often it did so. */
  refusedOutcomes: number;
  /** Wants no outcome, as of an attempt that it has taken back. */
  supersedes: boolean;
  /** Answers 503 to everything. */
  isAway: boolean;
  /** Answers 404 to everything, and not as a server of Verve: something else stands there. */
  isAnother: boolean;
  /** Takes the next chunks in, but answers 503 as though it had not. */
  losesAnswers: number;
  /** Refuses the next chunk as too large. */
  refusesChunk: boolean;
  readonly lines: readonly string[];
  /** How many calls there were, of any kind. */
  requests: number;
}

type Answer = { status: number; body?: unknown };

const unknown: Answer = { status: 404, body: { error: { code: 'NotFound', message: 'no such worker' } } };
const stranger: Answer = {
  status: 401,
  body: { error: { code: 'Unauthenticated', message: 'no such key' } },
};
const ok: Answer = { status: 200, body: {} };

/** Starts the stand-in on a free port; with a certificate it speaks TLS, as `localhost`. */
export async function startFakeServer(certificate?: Certificate): Promise<FakeServer> {
  const offers: Task[] = [];
  let workerId = newId('worker');
  const answer: RequestListener = (request, response) => void serve(request, response);
  const server = certificate ? createTlsServer(certificate, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const fake: FakeServer = {
    url: certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    chunks: [],
    outcomes: [],
    phases: [],
    waits: [],
    named: new Set(),
    offer: (task) => offers.push(task),
    forgetWorker: () => {
      workerId = newId('worker');
    },
    verdict: 'held',
    role: 'worker',
    keys: new Set(),
    grants: true,
    takesOutcomes: true,
    refusedOutcomes: 0,
    supersedes: false,
    isAway: false,
    isAnother: false,
    losesAnswers: 0,
    requests: 0,
    refusesChunk: false,
    get lines() {
      return fake.chunks.flatMap((chunk) => chunk.lines);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    fake.requests++;
    fake.keys.add(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    let text = '';
    for await (const piece of request) text += String(piece);
    const answer = fake.isAway
      ? { status: 503 }
      : await answerTo(request.url ?? '', text === '' ? undefined : JSON.parse(text), response);
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }

  async function answerTo(url: string, body: unknown, response: ServerResponse): Promise<Answer> {
    if (fake.isAnother) return { status: 404, body: {} };
    if (fake.role === undefined) return stranger;
    const isOfWorker = url.includes('/tasks/poll') || url.endsWith('/heartbeat');
    if (isOfWorker && !url.includes(workerId)) return unknown;
    if (url.includes('/tasks/poll')) return poll(url, response);
    if (url.endsWith('/heartbeat')) return beat(body);
    if (url.endsWith('/logs')) return append(appendChunk.parse(body));
    if (url.endsWith('/complete')) return complete(outcome.parse(body));
    if (url.endsWith('/position')) return position();
    if (url.endsWith('/session')) {
      return { status: 200, body: { id: newId('key'), name: 'k', role: fake.role } };
    }
    if (url.endsWith('/workers')) {
      const features: string[] = [];
      return { status: 201, body: { id: workerId, heartbeatSeconds: 0.1, leaseSeconds: 180, features } };
    }
    const { phase, waiting = '' } = progress.parse(body);
    fake.phases.push(phase);
    fake.waits.push(waiting);
    return phase === 'publish' && fake.grants ? { status: 200, body: { publishSeconds: 60 } } : ok;
  }

  async function poll(url: string, response: ServerResponse): Promise<Answer> {
    const slots = Number(new URL(url, fake.url).searchParams.get('slots'));
    const asked = workerId;
    const isKnown = (): boolean => asked === workerId;
    const isHeld = (): boolean =>
      isKnown() && !response.destroyed && !fake.isAway && (slots === 0 || offers.length === 0);
    while (isHeld()) await new Promise((resolve) => setTimeout(resolve, 10));
    if (response.destroyed || fake.isAway || !isKnown()) return { status: 503 };
    const claims = offers
      .splice(0, slots)
      .map((task) => ({ task, attempt: task.attempt, leaseSeconds: 180 }));
    return { status: 200, body: { claims, cancels: [] } };
  }

  function beat(body: unknown): Answer {
    const { running } = heartbeat.parse(body);
    for (const ref of running) fake.named.add(ref.taskId);
    const lost = fake.verdict === 'lost' ? running : [];
    return { status: 200, body: { lost, cancels: fake.verdict === 'canceled' ? running : [] } };
  }

  function append(chunk: AppendChunk): Answer {
    if (fake.refusesChunk) {
      fake.refusesChunk = false;
      return { status: 413, body: { error: { code: 'TooLarge', message: 'too much' } } };
    }
    const expectedSeq = fake.chunks.length + 1;
    const durable = fake.chunks[chunk.seq - 1];
    if (durable && JSON.stringify(durable) !== JSON.stringify(chunk)) {
      return conflict({ kind: 'SeqTaken', expectedSeq });
    }
    if (chunk.seq > expectedSeq) return conflict({ kind: 'Hole', expectedSeq });
    if (!durable) fake.chunks.push(chunk);
    return fake.losesAnswers-- > 0 ? { status: 503 } : ok;
  }

  function complete(told: Outcome): Answer {
    if (!fake.takesOutcomes) {
      fake.refusedOutcomes++;
      return { status: 503 };
    }
    if (fake.supersedes) return conflict({ kind: 'Superseded', attempt: told.attempt, status: 'lost' });
    if (told.lastSeq > fake.chunks.length) {
      return conflict({ kind: 'Hole', expectedSeq: fake.chunks.length + 1 });
    }
    fake.outcomes.push(told);
    return ok;
  }

  function position(): Answer {
    const cursor = fake.chunks.at(-1)?.cursor;
    return { status: 200, body: { lastSeq: fake.chunks.length, ...(cursor !== undefined && { cursor }) } };
  }

  return fake;
}

function conflict(what: Conflict): Answer {
  return { status: 409, body: { error: { code: 'Conflict', message: what.kind, conflict: what } } };
}

/** A task as the server hands it out. */
export function taskOf(given: Partial<Task>): Task {
  return {
    id: newId('task'),
    projectId: newId('project'),
    title: 'Say hello',
    description: 'Say hello to everybody.',
    repository: 'file:///nowhere.git',
    priority: 0,
    labels: {},
    requires: {},
    status: 'running',
    attempt: 1,
    maxAttempts: 1,
    timeoutSeconds: 600,
    createdBy: 'test',
    createdAt: '2026-01-31T12:00:00.000Z',
    ...given,
  };
}
