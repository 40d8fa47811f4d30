import type { Cluster } from './cluster.ts';
import { forgetImages } from './dev-images.ts';
import { hasOwnNamespace } from './preparation.ts';
import type { Chart } from './releases.ts';

/** The worker first, which takes its runs with it; otherwise they would hold up the deletion of the namespace. */
const releases: readonly Chart[] = ['verve-worker', 'verve-server'];

/** Takes away all that was installed, with its data, but for the kinds, which other workers of the cluster may have. */
export async function takeAway(cluster: Cluster): Promise<void> {
  const { namespace, context } = cluster;
  if (!(await hasOwnNamespace(cluster))) return console.log(`There is no ${namespace} in ${context}.`);
  for (const release of releases) {
    console.log(`helm uninstall ${release}`);
    await cluster.helm(['uninstall', release, '--ignore-not-found']);
  }
  await cluster.showKubectl(['delete', 'namespace', namespace]);
  await forgetImages();
  console.log(
    [
      'The kinds AgentRun and Worker stay, which other workers may have. If there is none:',
      '',
      `  kubectl --context ${context} delete crd agentruns.verve.dev workers.verve.dev`,
    ].join('\n'),
  );
}
