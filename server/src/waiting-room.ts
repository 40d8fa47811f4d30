import { createServer, type Server } from 'node:http';

import type { ErrorBody } from '@verve/contract';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The address cannot be listened on; the message says why and what to do. */
export class AddressUnusable extends Error {
  override readonly name = 'AddressUnusable';
}

const notReady = {
  error: { code: 'Unavailable', message: 'the server is starting: it waits for its database' },
} satisfies ErrorBody;

/**
 * Answers while the database is not there yet: the process is alive (`/healthz`) and everything else has to come
 * again. Disposing of it frees the address. Throws AddressUnusable.
 */
export async function openWaitingRoom(address: Address): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const isAlive = request.url === '/healthz';
    response.writeHead(isAlive ? 200 : 503, {
      'content-type': 'application/json; charset=utf-8',
      connection: 'close',
      ...(!isAlive && { 'retry-after': '5' }),
    });
    response.end(JSON.stringify(isAlive ? { status: 'ok' } : notReady));
  });
  await listen(server, address);
  return {
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (error) {
    throw toAddressUnusable(error, { host, port });
  }
}

/** Puts what the system says of an address into words. */
export function toAddressUnusable(
  error: unknown,
  { host, port }: Address,
  variable = 'VERVE_PORT',
): AddressUnusable {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const why =
    code === 'EADDRINUSE'
      ? `port ${port} is in use; stop what listens there, or set ${variable} to another one`
      : `cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`;
  return new AddressUnusable(why, { cause: error });
}
