import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import type { FakeListener } from './fake-forge.ts';

/** What a fake proxy does. */
export interface FakeProxyOptions {
  /** Lets nobody through, with this status. */
  readonly refusal?: number;
}

/** A stand-in for a proxy that leads to where it is asked, by CONNECT or plainly, and remembers where that was. */
export async function startFakeProxy({ refusal }: FakeProxyOptions = {}): Promise<
  FakeListener & { readonly asked: readonly string[] }
> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (refusal === undefined) forward(request, response);
    else response.writeHead(refusal).end('<html>no</html>');
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    far.on('error', () => socket.destroy());
    socket.on('error', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers } = request;
  const far = ask(request.url ?? '', { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  far.on('error', () => response.destroy());
  response.on('close', () => far.destroy());
  request.pipe(far);
}
