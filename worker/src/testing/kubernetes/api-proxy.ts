import { writeFileSync } from 'node:fs';
import { connect, createServer, isIP, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

import { KubeConfig } from '@kubernetes/client-node';

/** A way to the API server that can be cut. */
export interface ApiProxy extends AsyncDisposable {
  /** A kubeconfig file by this way. */
  readonly kubeconfig: string;
  /** Connections stay, new ones are taken, and nothing comes through. Resolves when something was lost by that. */
  stall(): Promise<void>;
  /** Ends all connections; new ones come through. */
  mend(): void;
  /** Ends all connections by RST. */
  reset(): void;
}

/** Opens a way to the API server of a kubeconfig, whose file is made in the folder. */
export async function startApiProxy(config: KubeConfig, folder: string): Promise<ApiProxy> {
  const { hostname, port } = new URL(config.getCurrentCluster()?.server ?? '');
  const sockets = new Set<Socket>();
  let isStalled = false;
  let lost = Promise.withResolvers<undefined>();
  const server = createServer((socket) => {
    keep(socket);
    socket.on('data', () => isStalled && lost.resolve(undefined));
    if (!isStalled) pipeThrough(socket);
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  }

  function pipeThrough(socket: Socket): void {
    const far = connect(Number(port || 443), hostname);
    keep(far);
    socket.on('close', () => far.destroy());
    far.on('close', () => socket.destroy());
    socket.pipe(far).pipe(socket);
  }

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, configBy(config, `https://127.0.0.1:${(server.address() as AddressInfo).port}`));
  return {
    kubeconfig,
    async stall() {
      lost = Promise.withResolvers();
      isStalled = true;
      for (const socket of sockets) socket.unpipe().resume();
      await lost.promise;
    },
    mend() {
      isStalled = false;
      cut();
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configBy(config: KubeConfig, server: string): string {
  const copy = new KubeConfig();
  copy.loadFromString(config.exportConfig());
  copy.clusters = copy.clusters.map((cluster) => {
    const { hostname } = new URL(cluster.server);
    return { ...cluster, server, ...(isIP(hostname) === 0 && { tlsServerName: hostname }) };
  });
  return copy.exportConfig();
}
