import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { readBody } from './body.ts';
import { createConversations } from './conversation.ts';
import { exchange } from './exchange.ts';
import { pause, send } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';
import { stepsOf } from './script.ts';

/** How a model server is started. */
export interface ModelServerOptions {
  /** Absent: any that is free. */
  readonly port?: number;
  /** Absent: this machine alone. */
  readonly host?: string;
  /** Keys that are accepted. Absent: every key, and none. */
  readonly keys?: readonly string[];
  /** The steps of prompts that have none of their own, each a JSON text. */
  readonly script?: readonly string[];
  readonly onRequest?: (request: LoggedRequest) => void;
}

/** A fake of model hosts that follows the script in the prompt. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string;
  /** All requests up to now, oldest first. */
  requests(): readonly LoggedRequest[];
}

/** Starts a model server within this process. Disposing it ends every connection. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const logged: LoggedRequest[] = [];
  const conversations = createConversations(stepsOf(options.script ?? ['{"text":"Nothing to do."}']));
  const stopping = new AbortController();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, error));
  });
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => undefined).end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, stopping.signal]);
    const text = await readBody(request);
    const { decision, entry } = exchange({ request, text, keys: options.keys }, conversations);
    logged.push(entry);
    options.onRequest?.(entry);
    await pause(decision.sleepMs, signal);
    await send(response, decision.reply, signal);
  }

  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  return {
    url: urlOf(server, options.host ?? '127.0.0.1'),
    requests: () => logged,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A client that went, or a body that cannot be read. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else response.writeHead(500).end(String(error));
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host}:${port}`;
}
