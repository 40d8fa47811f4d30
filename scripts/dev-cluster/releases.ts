import { join } from 'node:path';

import { repositoryRoot } from '../trial/settings.ts';
import type { Cluster } from './cluster.ts';
import type { Tags } from './dev-images.ts';

/** Charts of this repository; releases and Deployments are called the same. */
export type Chart = 'verve-server' | 'verve-worker';

/** Images, as the cluster has them. */
export interface ClusterImages {
  readonly tags: Tags;
  /** Before the names of images. Empty: the cluster has them without. */
  readonly registry: string;
}

/** What a release is made of besides its chart. */
export interface ReleaseParts extends ClusterImages {
  /** Besides those of the dev loop. */
  readonly valuesFiles: readonly string[];
}

const rolloutSeconds = 180;

/** The image of runs. */
export function agentImage({ tags, registry }: ClusterImages): string {
  return [registry, `verve-agent:${tags.agent}`].filter(Boolean).join('/');
}

/** What a chart is told of images. */
export function imageValues(chart: Chart, images: ClusterImages): object {
  const { tags, registry } = images;
  if (chart === 'verve-server') return { image: { registry, tag: tags.server } };
  return { image: { registry, tag: tags.worker }, config: { kubernetes: { image: agentImage(images) } } };
}

/** Installs a chart, or upgrades its release; what did not change is not rolled out. Throws CommandFailed. */
export async function upgrade(cluster: Cluster, chart: Chart, parts: ReleaseParts): Promise<void> {
  const own = join(repositoryRoot, 'scripts', 'dev-cluster', `${chart}.yaml`);
  const files = [own, ...parts.valuesFiles, '-'].flatMap((file) => ['--values', file]);
  const args = ['upgrade', '--install', chart, join(repositoryRoot, 'charts', chart), ...files];
  await cluster.helm(args, JSON.stringify(imageValues(chart, parts)));
}

/** Waits until a Deployment runs as it was last told. Throws CommandFailed. */
export async function waitForRollout(cluster: Cluster, deployment: string): Promise<void> {
  await cluster.showKubectl([
    'rollout',
    'status',
    `deployment/${deployment}`,
    `--timeout=${rolloutSeconds}s`,
  ]);
}
