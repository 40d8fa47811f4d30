import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';

import { kubectlIn, type Kubectl } from '../kubernetes/kubectl.ts';
import { makeNamespace, namesOf, restricted } from '../kubernetes/own-namespace.ts';
import { forwardPort } from '../kubernetes/port-forward.ts';
import { until } from '../kubernetes/until.ts';
import { kubernetesDefaults, workerImage } from '../kubernetes/worker-values.ts';
import { root, startEntry } from '../programs.ts';
import { adminKey } from '../replicas.ts';
import { skipWithout } from '../requirements.ts';
import { verve } from './cli.ts';
import { openOverlay, type Overlay } from './overlay.ts';
import { serverValues } from './place.ts';

const selector = '!verve.dev/keep';

/** As kustomize replaces an image. */
function replacement(name: string, { repository, tag }: typeof workerImage): object {
  return { name, newName: repository, newTag: tag };
}

/** The server of the manifests, with the image of these tests, on whatever volumes the cluster has. */
function serverOverlay(namespace: string): Overlay {
  const more = {
    images: [replacement('verve-server', serverValues.image)],
    patches: [{ patch: JSON.stringify(ownerPatch) }],
  };
  return openOverlay({ over: ['manifests/server'], namespace, more });
}

/** The worker, with settings in a file that is yet to be written. */
function workerOverlay(namespace: string): Overlay {
  const more = {
    images: [replacement('verve-worker', workerImage)],
    configMapGenerator: [{ name: 'verve-worker', behavior: 'replace', files: ['worker.yaml'] }],
  };
  return openOverlay({ over: ['manifests/worker'], namespace, more });
}

/** As the chart's `persistence.fixOwner`. */
const ownerPatch = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'verve-server' },
  spec: {
    template: {
      spec: {
        initContainers: [
          {
            name: 'owner',
            image: 'verve-server',
            command: ['chown', '1000:1000', '/var/lib/verve'],
            securityContext: { runAsUser: 0, runAsNonRoot: false },
            volumeMounts: [{ name: 'data', mountPath: '/var/lib/verve' }],
          },
        ],
      },
    },
  },
};

/** The worker's settings as the manifests have them, but for the agent's image. */
function settings(more: object): string {
  const text = readFileSync(join(root, 'manifests/worker/worker.yaml'), 'utf8');
  const { kubernetes, ...others } = parse(text) as Readonly<Record<string, object>>;
  return stringify({ ...others, ...more, kubernetes: { ...kubernetes, ...kubernetesDefaults } });
}

async function untilRolledOut(kubectl: Kubectl, deployment: string): Promise<void> {
  await kubectl.run(['rollout', 'status', `deployment/${deployment}`, '--timeout=180s']);
}

async function makeSecret(kubectl: Kubectl, name: string, literal: string): Promise<void> {
  await kubectl.run(['create', 'secret', 'generic', name, `--from-literal=${literal}`]);
}

/** Names of what is there besides pods, and ConfigMaps of earlier settings. */
async function leftIn(kubectl: Kubectl): Promise<readonly string[]> {
  const names = await namesOf(
    kubectl,
    'deployments,services,serviceaccounts,roles,rolebindings,networkpolicies,leases,workers',
    'persistentvolumeclaims,secrets',
  );
  return names.filter((name) => name !== 'serviceaccount/default');
}

interface ShownWorker {
  readonly status?: { readonly capacity?: number };
}

describe('the manifests', () => {
  beforeEach((context) => skipWithout('kubernetes', context));

  test('bring up server and worker, follow a change of settings, and leave what is to be kept', async () => {
    await using cleanup = new AsyncDisposableStack();
    const name = `verve-e2e-${randomBytes(3).toString('hex')}`;
    const [forServer, forWorker] = [kubectlIn(`${name}-server`), kubectlIn(name)];
    // The server's pod has a container that is root, for volumes that are folders of a node.
    cleanup.use(await makeNamespace(forServer));
    cleanup.use(await makeNamespace(forWorker, restricted));
    using server = serverOverlay(forServer.namespace);
    using worker = workerOverlay(forWorker.namespace);
    const serverUrl = `http://verve-server.${forServer.namespace}:8080`;

    await makeSecret(forServer, 'verve-admin-key', `admin-key=${adminKey}`);
    worker.write('worker.yaml', settings({ serverUrl }));
    await forServer.run(['apply', '--kustomize', server.folder]);
    await forWorker.run(['apply', '--kustomize', worker.folder]);
    await untilRolledOut(forServer, 'verve-server');
    await makeSecret(forWorker, 'verve-worker-key', `key=${await workerKey(forServer)}`);
    await untilRolledOut(forWorker, 'verve-worker');
    const doctor = await forWorker.run(['exec', 'deployment/verve-worker', '--', 'verve-worker', 'doctor']);

    expect(doctor).toMatch(/✓ server /);
    expect(doctor).toMatch(/✓ kubernetes .* in namespace verve-e2e-/);
    expect(doctor).not.toContain('✗');

    worker.write('worker.yaml', settings({ serverUrl, capacity: 3 }));
    await forWorker.run(['apply', '--kustomize', worker.folder]);
    await untilRolledOut(forWorker, 'verve-worker');
    await until('the worker shows its new capacity', async () => {
      const shown = await forWorker.get<ShownWorker>('worker', 'verve-worker');
      return shown.status?.capacity === 3;
    });

    await forWorker.run(['scale', 'deployment', 'verve-worker', '--replicas=0']);
    const own = {
      VERVE_KUBERNETES_NAMESPACE: forWorker.namespace,
      VERVE_KUBERNETES_INSTALLATION: 'verve-worker',
    };
    const uninstalled = await startEntry('worker/src/main.ts', own, ['uninstall']).ended;
    await forWorker.run(['delete', '--kustomize', worker.folder, '--selector', selector]);
    await forServer.run(['delete', '--kustomize', server.folder, '--selector', selector]);

    expect(uninstalled).toMatchObject({ code: 0, out: 'removed 1 Worker\nremoved 1 Lease\n' });
    expect(await leftIn(forServer)).toEqual(['persistentvolumeclaim/verve-server', 'secret/verve-admin-key']);
    expect(await leftIn(forWorker)).toEqual(['secret/verve-worker-key']);
    await forWorker.run(['get', 'crd', 'agentruns.verve.dev', 'workers.verve.dev']);
  }, 600_000);
});

/** Made by a person who reaches the server through the API server. */
async function workerKey(kubectl: Kubectl): Promise<string> {
  await using forward = await forwardPort(kubectl, 'verve-server', 8_080);
  const own = { VERVE_URL: forward.url, VERVE_KEY: adminKey };
  return await verve(['key', 'create', '--role', 'worker', '--project', 'default', 'my-cluster'], own);
}
