import type { Finding } from '../../doctor/finding.ts';
import type { KubernetesSettings } from '../../kubernetes-settings.ts';
import { wordsOf } from '../../kubernetes/api-error.ts';
import { openCluster, within } from '../../kubernetes/cluster.ts';
import { group, labels, version } from '../../kubernetes/run-objects.ts';

const check = 'kubernetes';

/** Whether the API server answers and shows this installation's AgentRuns. Makes nothing. */
export async function checkCluster(settings: KubernetesSettings): Promise<readonly Finding[]> {
  try {
    const cluster = openCluster(settings);
    const { namespace } = cluster;
    const labelSelector = `${labels.installation}=${settings.installation}`;
    const list = { group, version, namespace, plural: 'agentruns', labelSelector, limit: 1 };
    await cluster.custom.listNamespacedCustomObject(list, within(new AbortController().signal));
    const server = cluster.config.getCurrentCluster()?.server ?? '';
    return [{ check, state: 'ok', message: `${server} shows the AgentRuns of namespace ${namespace}` }];
  } catch (error) {
    const fix =
      'Look at "kubernetes.kubeconfig" and "kubernetes.namespace", apply crds/ to the cluster, and let the worker list AgentRuns.';
    return [{ check, state: 'failed', message: wordsOf(error), fix }];
  }
}
