import type { ClusterWorld } from './world.ts';

interface ConfigMap {
  readonly data: { readonly 'worker.yaml': string };
}

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: { readonly volumes: readonly Readonly<Record<string, unknown>>[] };
    };
  };
}

interface Config {
  readonly kubernetes: object;
}

/** What another worker does differently. */
export interface SecondWorker {
  /** Its installation: what its objects are called. */
  readonly name: string;
  /** Laid over the first one's settings. */
  readonly settings: object;
  /** Laid over the first one's settings of runs. */
  readonly kubernetes: object;
}

/** Installs another worker in the namespace of the first, with the same keys. */
export async function installBeside(
  { kubectl }: Pick<ClusterWorld, 'kubectl'>,
  { name, settings, kubernetes }: SecondWorker,
): Promise<void> {
  const first = await kubectl.get<ConfigMap>('configmap', 'verve-worker');
  const { spec } = await kubectl.get<Deployment>('deployment', 'verve-worker');
  const config = JSON.parse(first.data['worker.yaml']) as Config;
  const other = {
    ...config,
    name,
    ...settings,
    kubernetes: { ...config.kubernetes, installation: name, ...kubernetes },
  };
  const labels = { 'app.kubernetes.io/name': 'verve-worker', 'app.kubernetes.io/instance': name };
  const volumes = spec.template.spec.volumes.map((volume) =>
    volume['name'] === 'config' ? { name: 'config', configMap: { name } } : volume,
  );
  const template = { metadata: { labels }, spec: { ...spec.template.spec, volumes } };
  await kubectl.apply(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { 'worker.yaml': JSON.stringify(other) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    },
  );
  await kubectl.run(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
}
