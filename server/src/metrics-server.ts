import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Metrics } from './metrics.ts';
import { toAddressUnusable, type Address } from './waiting-room.ts';

/** A listener for `/metrics` alone, until it is disposed of. */
export interface MetricsServer extends AsyncDisposable {
  readonly port: number;
}

/** Opens it, apart from the API: a proxy that shows that one to everybody has nothing to hide. Throws AddressUnusable. */
export async function openMetricsServer(
  { host, port }: Address,
  metrics: Pick<Metrics, 'text' | 'contentType'>,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  });
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw toAddressUnusable(error, { host, port }, 'VERVE_METRICS_PORT');
  }
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
