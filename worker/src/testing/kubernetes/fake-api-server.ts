import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What it answers with. */
interface FakeAnswer {
  readonly code: number;
  readonly body?: object;
}

/** An API server for what no real one is brought to; answers by method and path, as `GET /api/v1/pods`. */
export async function startFakeApiServer(
  folder: string,
  answer: (request: string) => FakeAnswer,
): Promise<AsyncDisposable & { readonly kubeconfig: string }> {
  const server = createServer((request, response) => {
    const { code, body = {} } = answer(`${request.method} ${request.url?.split('?')[0]}`);
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, `fake-${port}.kubeconfig`);
  // The client takes plain HTTP from nobody else.
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const config = {
    clusters: [{ name: 'fake', cluster }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', namespace: 'fake' } }],
    'current-context': 'fake',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return {
    kubeconfig,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
