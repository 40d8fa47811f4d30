import { once } from 'node:events';
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

/** An HTTP proxy before a server, with faults on demand. */
export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  mood: ProxyMood;
  /** Breaks every connection that is open. */
  cut(): void;
  /** Calls that it answered with 5xx by itself. */
  readonly refused: number;
}

const failingShare = 0.1;

/** Starts one before an HTTP address. */
export async function startFaultyProxy(target: string, random: Random): Promise<FaultyProxy> {
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  let mood: ProxyMood = 'well';
  let refused = 0;

  function refuse(response: ServerResponse): void {
    refused += 1;
    if (response.headersSent) return void response.destroy();
    const status = random.pick([500, 502, 503]);
    response.writeHead(status, { 'content-type': 'text/plain' }).end('injected');
  }

  function pass(incoming: IncomingMessage, response: ServerResponse, keepsAnswer: boolean): void {
    const { method, url, headers } = incoming;
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
    response.on('close', () => outgoing.destroy());
    pipeline(incoming, outgoing, () => undefined);
  }

  const server = createServer((incoming, response) => {
    if (mood === 'away') return void incoming.socket.destroy();
    if (mood === 'stalled') return;
    const isStruck = mood === 'failing' && random.next() < failingShare;
    // A stream that broke off after its beginning is the cut's business.
    const keepsAnswer = isStruck && random.next() < 0.5;
    if (!isStruck || keepsAnswer) return pass(incoming, response, keepsAnswer);
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

  function cut(): void {
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
    get refused() {
      return refused;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
