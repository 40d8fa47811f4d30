import { stringify } from 'yaml';

/** A ConfigMap that kustomize makes of files beside it. Its name gets a hash of them, so that a change of one is a rollout. */
export interface GeneratedConfigMap {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

/** What a folder has. */
export interface Contents {
  readonly namespace: string;
  /** Files with objects. */
  readonly resources: readonly string[];
  readonly configMaps: readonly GeneratedConfigMap[];
}

/** The text of a folder's `kustomization.yaml`, without a head. */
export function kustomizationOf({ namespace, resources, configMaps }: Contents): string {
  return stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources,
    configMapGenerator: configMaps.map(({ name, labels, files }) => ({ name, files, options: { labels } })),
  });
}
