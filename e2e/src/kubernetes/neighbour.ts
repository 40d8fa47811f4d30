import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Kubectl } from './kubectl.ts';
import { kubernetesDefaults } from './worker-values.ts';

const program = readFileSync(join(import.meta.dirname, 'reach.mjs'), 'utf8');

/** Where to try: `host:port` to connect to, or a name to look up; and what came of it, by the same words. */
export type Reached = Readonly<Record<string, string>>;

/** The port on which pods of {@link startNeighbours} listen. */
export const neighbourPort = 8080;

/** Starts pods that are no runs and listen on a port, and gives their addresses. */
export async function startNeighbours(kubectl: Kubectl, ...names: string[]): Promise<readonly string[]> {
  await kubectl.apply(...names.map(podOf));
  const pods = names.map((name) => `pod/${name}`);
  await kubectl.run(['wait', '--for=condition=Ready', '--timeout=120s', ...pods]);
  const { items } = await kubectl.get<{ items: { status: { podIP: string } }[] }>(...pods);
  return items.map(({ status }) => status.podIP);
}

/** Tries to reach targets from a container: `pod/name`, or the Job of a run and its container. */
export async function reach(
  kubectl: Kubectl,
  place: readonly string[],
  targets: readonly string[],
): Promise<Reached> {
  const command = ['/verve/bin/node', '--input-type=module', '-', ...targets];
  return JSON.parse(await kubectl.run(['exec', '--stdin', ...place, '--', ...command], program));
}

function podOf(name: string): object {
  const listen = `require('node:net').createServer((socket) => socket.end()).listen(${neighbourPort})`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { neighbour: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'neighbour',
          image: kubernetesDefaults.image,
          imagePullPolicy: kubernetesDefaults.imagePullPolicy,
          command: ['/verve/bin/tini', '--', '/verve/bin/node', '-e', listen],
          readinessProbe: { tcpSocket: { port: neighbourPort }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}
