import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Certificate } from './certificate.ts';

/** What a fake forge is made of. */
export interface FakeForgeOptions {
  /** The one token that it takes, in whatever scheme. */
  readonly token: string;
  /** By the path with its query; anything else is not found. Numbers are statuses. */
  readonly answers: Readonly<Record<string, object | number>>;
  /** It speaks TLS with this. */
  readonly certificate?: Certificate;
}

/** Something that listens. */
export interface FakeListener extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
}

/** A stand-in for a forge's API that answers from a table. */
export async function startFakeForge({
  token,
  answers,
  certificate,
}: FakeForgeOptions): Promise<FakeListener> {
  const answer: RequestListener = (request, response) => {
    const isKnown = request.headers.authorization?.split(' ')[1] === token;
    const found = isKnown ? (answers[request.url ?? ''] ?? 404) : 401;
    const status = typeof found === 'number' ? found : 200;
    const body = typeof found === 'number' ? { message: `the words of ${found}` } : found;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = certificate ? createHttpsServer(certificate, answer) : createHttpServer(answer);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate ? 'https' : 'http'}://localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
