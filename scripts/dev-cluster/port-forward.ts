import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from './cluster.ts';

const service = 'service/verve-server';
const servicePort = 8_080;
const pauseMs = 300;

/** The server, as this machine reaches it. */
export interface PortForward extends AsyncDisposable {
  readonly url: string;
  /** Goes to the server's newest pod from now on: `kubectl port-forward` stays with one, also when that is gone. */
  renew(): Promise<void>;
}

/** Forwards a port of this machine for as long as it is not disposed of, whatever becomes of pods. */
export function forwardPort(cluster: Cluster, port: number): PortForward {
  const over = new AbortController();
  let { child, closed } = startForward(cluster, port);

  async function keepOn(): Promise<void> {
    while (!over.signal.aborted) {
      await closed;
      // Without a pod it ends at once.
      await sleep(pauseMs);
      if (!over.signal.aborted) ({ child, closed } = startForward(cluster, port));
    }
  }

  const forwarding = keepOn();
  return {
    url: `http://localhost:${port}`,
    async renew() {
      child.kill();
      await closed;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      child.kill();
      await forwarding;
    },
  };
}

function startForward(
  { startKubectl }: Cluster,
  port: number,
): { readonly child: ChildProcess; readonly closed: Promise<unknown> } {
  const args = ['port-forward', '--address=127.0.0.1', service, `${port}:${servicePort}`];
  const child = startKubectl(args, { stdio: 'ignore' });
  return { child, closed: once(child, 'close') };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
