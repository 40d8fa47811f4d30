import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { repositoryRoot } from '../trial/settings.ts';
import type { Cluster } from './cluster.ts';

/** Makes the sample repository, or has it use another image. */
export async function applySample({ kubectl }: Cluster, agentImage: string): Promise<void> {
  const file = join(repositoryRoot, 'scripts', 'dev-cluster', 'sample.yaml');
  const objects = readFileSync(file, 'utf8').replaceAll(/(?<=image: )IMAGE$/gm, agentImage);
  await kubectl(['apply', '--filename=-'], objects);
}

/** The image of runs, as the worker's release has it. */
export async function agentImageOf({ helm }: Cluster): Promise<string> {
  const values = JSON.parse(await helm(['get', 'values', 'verve-worker', '--output=json'])) as {
    readonly config: { readonly kubernetes: { readonly image: string } };
  };
  return values.config.kubernetes.image;
}
