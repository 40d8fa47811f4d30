import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A host that only listens. */
export interface Listener extends AsyncDisposable {
  readonly url: string;
  /** What came, oldest first. */
  readonly heard: readonly string[];
}

/** A proxy that refuses every request, whether to pass it on or to connect, after noting for where it was. */
export async function startRefusingProxy(): Promise<Listener> {
  const heard: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    heard.push(url);
    response.writeHead(502).end();
  });
  server.on('connect', ({ url = '' }, socket: Socket) => {
    heard.push(url);
    socket.on('error', () => undefined).end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  return listen(server, heard);
}

/** A git host that asks everybody to log in, and notes what they log in with, or that they did not. */
export async function startClosedRemote(): Promise<Listener> {
  const heard: string[] = [];
  const server = createServer(({ headers }, response) => {
    heard.push(headers.authorization ?? 'nothing');
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  return listen(server, heard);
}

/** Stands before a model host and notes which of some words each request tells it. */
export async function startEavesdropper(host: string, words: readonly string[]): Promise<Listener> {
  const heard: string[] = [];
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method = 'GET', headers } = request;
    const body = (await request.toArray()).join('');
    heard.push(...words.filter((word) => body.includes(word)));
    const { 'content-length': _length, connection: _connection, host: _host, ...passed } = headers;
    const told = Object.entries(passed).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const answer = await fetch(new URL(url, host), {
      method,
      headers: told,
      ...(body !== '' && { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    for await (const piece of answer.body ?? []) response.write(piece);
    response.end();
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  return listen(server, heard);
}

async function listen(server: Server, heard: readonly string[]): Promise<Listener> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
