import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { freePort } from '../programs.ts';
import type { Kubectl } from './kubectl.ts';

/** A Service, as this machine reaches it. */
export interface PortForward extends AsyncDisposable {
  readonly url: string;
}

/** `kubectl port-forward`, begun again whenever it ends: it follows one pod, and ends with that. */
export async function forwardPort(
  { namespace }: Kubectl,
  service: string,
  port: number,
): Promise<PortForward> {
  const local = await freePort();
  const end = new AbortController();
  let child: ChildProcess | undefined;

  async function forward(): Promise<void> {
    while (!end.signal.aborted) {
      const args = ['--namespace', namespace, 'port-forward', `service/${service}`, `${local}:${port}`];
      child = spawn('kubectl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
      await once(child, 'exit');
    }
  }

  const forwarding = forward();
  const url = `http://127.0.0.1:${local}`;
  while (!(await fetch(`${url}/healthz`).catch(() => undefined))?.ok);
  return {
    url,
    async [Symbol.asyncDispose]() {
      end.abort();
      child?.kill();
      await forwarding;
    },
  };
}
