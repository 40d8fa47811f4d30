import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { RbacAuthorizationV1Api, type KubeConfig } from '@kubernetes/client-node';

import { mergePatch, openCluster, within, type Cluster } from '../../kubernetes/cluster.ts';
import type { RoleRule } from '../../kubernetes/permissions.ts';

const signal = new AbortController().signal;

/** A ServiceAccount of a namespace, and the rights that it has there. */
export interface ServiceAccount {
  /** The cluster, as the ServiceAccount sees it. */
  readonly cluster: Cluster;
  /** Gives it these rights in place of those that it has. */
  allow(rules: readonly RoleRule[]): Promise<void>;
}

/** Makes a ServiceAccount that may do what the rules say. Its kubeconfig is a file of the folder. */
export async function makeServiceAccount(
  { core, config, namespace }: Cluster,
  { name, folder }: { readonly name: string; readonly folder: string },
  rules: readonly RoleRule[],
): Promise<ServiceAccount> {
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const metadata = { name };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const binding = { metadata, roleRef, subjects: [{ kind: 'ServiceAccount', name, namespace }] };
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } }, within(signal));
  const role = { metadata, rules: rulesFor(rules) };
  await rbac.createNamespacedRole({ namespace, body: role }, within(signal));
  await rbac.createNamespacedRoleBinding({ namespace, body: binding }, within(signal));
  const request = { namespace, name, body: { spec: { audiences: [], expirationSeconds: 3_600 } } };
  const { status } = await core.createNamespacedServiceAccountToken(request, within(signal));

  const kubeconfig = join(folder, `${name}.kubeconfig`);
  writeFileSync(kubeconfig, configWith(config, status?.token ?? ''));
  return {
    cluster: openCluster({ kubeconfig, namespace }),
    async allow(given) {
      const body = { rules: rulesFor(given) };
      await rbac.patchNamespacedRole({ namespace, name, body }, mergePatch(signal));
    },
  };
}

type Rules = { apiGroups: string[]; resources: string[]; verbs: string[] }[];

function rulesFor(rules: readonly RoleRule[]): Rules {
  return rules.map(({ apiGroups, resources, verbs }) => ({
    apiGroups: [...apiGroups],
    resources: [...resources],
    verbs: [...verbs],
  }));
}

/** The same API server, for somebody else. */
export function configWith(config: KubeConfig, token: string): string {
  const { users: _, ...cluster } = JSON.parse(config.exportConfig()) as Record<string, unknown>;
  const users = config.getUsers().map(({ name }) => ({ name, user: { token } }));
  return JSON.stringify({ ...cluster, users });
}
