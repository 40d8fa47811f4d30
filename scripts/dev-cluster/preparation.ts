import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { CannotStart, repositoryRoot } from '../trial/settings.ts';
import type { Cluster } from './cluster.ts';

/** Marks a namespace as one that may be filled and deleted. */
const mark = { 'verve.dev/dev-cluster': 'true' };

/** The Secrets of the dev loop, as its values files name them. */
export const adminSecret = { name: 'verve-admin-key', key: 'admin-key' };
export const workerSecret = { name: 'verve-worker-key', key: 'key' };

/** What the charts find: a namespace, the kinds AgentRun and Worker, an admin key, which is kept. Throws CannotStart. */
export async function prepare(cluster: Cluster): Promise<void> {
  if (!(await hasOwnNamespace(cluster)))
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: cluster.namespace, labels: mark },
    });
  await applyKinds(cluster);
  const { name, key } = adminSecret;
  if ((await cluster.secret(name, key)) === undefined)
    await keepSecret(cluster, adminSecret, `verve_${randomBytes(32).toString('base64url')}`);
}

/** Brings the kinds AgentRun and Worker up to date, which all workers of the cluster share. */
export async function applyKinds({ kubectl }: Cluster): Promise<void> {
  await kubectl(['apply', '--filename', join(repositoryRoot, 'crds')]);
}

/** Whether the namespace is there. Throws CannotStart when it is not one of the dev loop. */
export async function hasOwnNamespace({ kubectl, namespace, context }: Cluster): Promise<boolean> {
  const found = await kubectl(['get', 'namespace', namespace, '--output=json', '--ignore-not-found']);
  if (found === '') return false;
  const { metadata } = JSON.parse(found) as {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  };
  if (Object.keys(mark).every((label) => metadata.labels?.[label] !== undefined)) return true;
  throw new CannotStart(
    `The namespace ${namespace} of ${context} was not made by dev:cluster, so nothing was done in it. ` +
      'Choose another with --namespace.',
  );
}

/** Keeps a value in a Secret. */
export async function keepSecret(
  cluster: Cluster,
  { name, key }: typeof adminSecret,
  value: string,
): Promise<void> {
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData: { [key]: value },
  });
}
