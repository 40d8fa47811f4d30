import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';

import { openCluster, type Cluster } from '../../kubernetes/cluster.ts';
import { createCertificate } from '../certificate.ts';
import { temporaryFolder } from '../run.ts';

/** Answers one request for a log; it may leave it open. */
type LogAnswer = (response: ServerResponse) => void | Promise<void>;

/** Stands for an API server that asks a kubelet for logs, and says what a test wants it to. */
export interface FakeKubelet extends AsyncDisposable {
  readonly cluster: Cluster;
  /** The parameters of each request so far. */
  readonly asked: readonly Readonly<Record<string, string>>[];
  /** The next request that has no answer yet gets this one; one that finds none is answered with 404. */
  answer(how: LogAnswer): void;
  /** Cuts every connection, without a word of TLS. */
  cut(how: 'FIN' | 'RST'): void;
}

/** Starts one on a free port. */
export async function startFakeKubelet(): Promise<FakeKubelet> {
  const folder = temporaryFolder();
  const certificate = createCertificate();
  const asked: Record<string, string>[] = [];
  const answers: LogAnswer[] = [];
  const server = createServer(certificate, (request, response) => {
    asked.push(Object.fromEntries(new URL(request.url ?? '', 'https://localhost').searchParams));
    const answer = answers.shift() ?? ((response) => void response.writeHead(404).end());
    void answer(response);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder.path, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(`https://localhost:${port}`, certificate.cert));
  return {
    cluster: openCluster({ kubeconfig, namespace: 'verve' }),
    asked,
    answer: (how) => void answers.push(how),
    cut(how) {
      for (const socket of sockets) {
        if (how === 'RST') socket.resetAndDestroy();
        else socket.end();
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** As the kubelet writes a line with its time, `n` µs after a point in time. */
export function kubeletLine(n: number, text: string): string {
  return `2026-11-22T18:31:35.${String(n).padStart(6, '0')}000Z ${text}\n`;
}

function kubeconfigOf(server: string, authority: string): string {
  const data = Buffer.from(authority).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'fake', user: { token: 'fake' } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    'current-context': 'fake',
  });
}
