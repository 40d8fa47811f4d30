import { on, once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream';

import type { Random } from './random.ts';

/** How the proxy treats what goes through it. */
type ProxyMood =
  /** Passes everything on. */
  | 'well'
  /** Accepts connections and closes them at once. */
  | 'away'
  /** Accepts connections and leaves them without a byte. */
  | 'stalled'
  /** Answers one of ten calls with 5xx, half of those after the server has done what was asked. */
  | 'failing';

/** What a call can suffer on its way. */
const blows = ['broken off', 'not taken', 'stalled', 'refused', 'done and refused'] as const;
type Blow = (typeof blows)[number];

/** An HTTP proxy before a server, with faults on demand. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  mood: ProxyMood;
  /** Breaks every connection that is open. */
  cut(): void;
  /** Resolves when a call of that kind begins, and else after so many seconds. */
  untilCalled(kind: RegExp, atMostSeconds: number): Promise<void>;
  /** How many calls suffered what, and how many there were. */
  readonly counts: Readonly<Record<Blow | 'calls', number>>;
}

const failingShare = 0.1;

type Calls = AsyncIterable<[IncomingMessage]>;

/** Starts one before an HTTP address. */
export async function startFaultyProxy(target: string, random: Random): Promise<FaultyProxy> {
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  const counts = { calls: 0, 'broken off': 0, 'not taken': 0, stalled: 0, refused: 0, 'done and refused': 0 };
  let passing = 0;
  let mood: ProxyMood = 'well';

  function refuse(response: ServerResponse): void {
    if (response.headersSent) return void response.destroy();
    const status = random.pick([500, 502, 503]);
    response.writeHead(status, { 'content-type': 'text/plain' }).end('injected');
  }

  function pass(incoming: IncomingMessage, response: ServerResponse, keepsAnswer: boolean): void {
    const { method, url, headers } = incoming;
    passing += 1;
    const outgoing = request(new URL(url ?? '/', target), { agent, method, headers });
    outgoing.on('response', (answer) => {
      if (keepsAnswer) {
        answer.resume();
        return refuse(response);
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => {
      passing -= 1;
      outgoing.destroy();
    });
    pipeline(incoming, outgoing, () => undefined);
  }

  function blowOf(): Blow | undefined {
    if (mood === 'away') return 'not taken';
    if (mood === 'stalled') return 'stalled';
    if (mood !== 'failing' || random.next() >= failingShare) return undefined;
    return random.next() < 0.5 ? 'done and refused' : 'refused';
  }

  const server = createServer((incoming, response) => {
    const blow = blowOf();
    counts.calls += 1;
    if (blow) counts[blow] += 1;
    if (blow === 'not taken') return void incoming.socket.destroy();
    if (blow === 'stalled') return;
    if (blow !== 'refused') return pass(incoming, response, blow === 'done and refused');
    incoming.resume();
    refuse(response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function nextCall(kind: RegExp, signal: AbortSignal): Promise<void> {
    for await (const [{ method, url }] of on(server, 'request', { signal }) as Calls)
      if (kind.test(`${method} ${url}`)) return;
  }

  async function untilCalled(kind: RegExp, atMostSeconds: number): Promise<void> {
    const signal = AbortSignal.timeout(atMostSeconds * 1_000);
    try {
      await nextCall(kind, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  function cut(): void {
    counts['broken off'] += passing;
    for (const socket of sockets) socket.destroy();
  }

  return {
    url: `http://127.0.0.1:${port}`,
    get mood() {
      return mood;
    },
    set mood(next) {
      mood = next;
      // What was left without an answer stays so for ever otherwise.
      if (next === 'away' || next === 'well') cut();
    },
    cut,
    untilCalled,
    counts,
    [Symbol.asyncDispose]: async () => {
      cut();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
