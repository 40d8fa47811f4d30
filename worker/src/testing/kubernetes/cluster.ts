import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  ApiextensionsV1Api,
  KubernetesObjectApi,
  loadAllYaml,
  PatchStrategy,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';

import type { AgentRun } from '../../kubernetes/agent-run.ts';
import { ifThere, isTaken } from '../../kubernetes/api-error.ts';
import { mergePatch, openCluster, within, type Cluster } from '../../kubernetes/cluster.ts';
import { nameOf } from '../../kubernetes/object-store.ts';
import { group, version } from '../../kubernetes/run-objects.ts';

const signal = new AbortController().signal;
const crdsFolder = fileURLToPath(new URL('../../../../crds', import.meta.url));

/** Why no cluster can be used here; undefined when one can. `VERVE_TEST_REQUIRE` turns that into an error. */
export function whyNoCluster(env: NodeJS.ProcessEnv): string | undefined {
  const file = env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
  try {
    readFileSync(file);
    return undefined;
  } catch {
    const why = 'KUBECONFIG is not set and there is no ~/.kube/config';
    if (!(env['VERVE_TEST_REQUIRE'] ?? '').split(',').includes('kubernetes')) return why;
    throw new Error(`kubernetes is required by VERVE_TEST_REQUIRE, but ${why}`);
  }
}

/** A namespace for a file of tests, which enforces what customers' namespaces do; gone with all in it at the end. */
export async function openNamespace(name: string): Promise<Cluster & AsyncDisposable> {
  const cluster = openCluster({ namespace: name });
  await applyCrds(cluster);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  try {
    await cluster.core.createNamespace({ body: { metadata: { name, labels } } }, within(signal));
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  return {
    ...cluster,
    async [Symbol.asyncDispose]() {
      await dropFinalizers(cluster);
      await cluster.core.deleteNamespace({ name }, within(signal));
    },
  };
}

/** No worker is there any more to take them. */
async function dropFinalizers({ custom, namespace }: Cluster): Promise<void> {
  const at = { group, version, namespace, plural: 'agentruns' };
  const { items } = (await custom.listNamespacedCustomObject(at, within(signal))) as { items: AgentRun[] };
  for (const run of items) {
    const body = { metadata: { finalizers: null } };
    await ifThere(custom.patchNamespacedCustomObject({ ...at, name: nameOf(run), body }, mergePatch(signal)));
  }
}

async function applyCrds({ config }: Cluster): Promise<void> {
  const api = config.makeApiClient(ApiextensionsV1Api);
  const objects = KubernetesObjectApi.makeApiClient(config);
  for (const file of ['agentruns.yaml', 'workers.yaml']) {
    const [body] = loadAllYaml(readFileSync(join(crdsFolder, file), 'utf8')) as [V1CustomResourceDefinition];
    await applyCrd(objects, body);
    await untilServed(api, body.metadata?.name ?? '');
  }
}

/** A patch of the typed client would lose what begins with `x-kubernetes-`. */
async function applyCrd(objects: KubernetesObjectApi, body: V1CustomResourceDefinition): Promise<void> {
  const manager = 'verve-tests';
  await objects.patch(body, undefined, undefined, manager, true, PatchStrategy.ServerSideApply);
}

async function untilServed(api: ApiextensionsV1Api, name: string): Promise<void> {
  for (;;) {
    const { status } = await api.readCustomResourceDefinition({ name }, within(signal));
    if (status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True')) return;
  }
}
