import type { KubernetesObject } from '@kubernetes/client-node';
import type { AttemptRef } from '@verve/contract';

import { ownerOf, type AgentRun } from '../../kubernetes/agent-run.ts';
import { createAgentRuns } from '../../kubernetes/agent-runs.ts';
import { within, type Cluster } from '../../kubernetes/cluster.ts';
import { createLeases } from '../../kubernetes/leases.ts';
import { nameOf } from '../../kubernetes/object-store.ts';
import { group, labels, objectName, runLabels, version } from '../../kubernetes/run-objects.ts';
import { shellSpec, silent } from '../run.ts';

const signal = new AbortController().signal;

/** Makes what a worker leaves: a run under way with its Job and pod, one that has ended, its Worker, its Lease. */
export async function makeInstallation(cluster: Cluster, installation: string): Promise<AttemptRef> {
  const { custom, batch, namespace } = cluster;
  await using agentRuns = createAgentRuns({ cluster, installation, worker: 'test', logger: silent });
  const [underWay, ended] = [newSpec(), newSpec()];
  for (const spec of [underWay, ended]) await agentRuns.make({ spec, timeoutSeconds: 60 });
  await agentRuns.release(ended);
  const run = await agentRuns.read(underWay);
  if (!run) throw new Error('an AgentRun that was made is not there');
  await batch.createNamespacedJob({ namespace, body: jobOf(run, installation) }, within(signal));
  const body = {
    apiVersion: `${group}/${version}`,
    kind: 'Worker',
    metadata: { name: installation, labels: { [labels.installation]: installation } },
  };
  const workers = { group, version, namespace, plural: 'workers' };
  await custom.createNamespacedCustomObject({ ...workers, body }, within(signal));
  const leases = createLeases(cluster, { installation, holder: 'the worker before', seconds: 30 });
  const held = await leases.hold(undefined, signal);
  if (held) await leases.release(held, signal);
  return { taskId: underWay.taskId, attempt: underWay.attempt };
}

/** What carries the label of an installation, as `Job/name`; each kind that a worker makes. */
export async function objectsOf(
  { custom, batch, core, coordination, namespace }: Cluster,
  installation: string,
): Promise<readonly string[]> {
  const at = { namespace, labelSelector: `${labels.installation}=${installation}` };
  const own = async (plural: string): Promise<{ items: KubernetesObject[] }> =>
    custom.listNamespacedCustomObject({ ...at, group, version, plural }, within(signal));
  const lists = {
    AgentRun: await own('agentruns'),
    Worker: await own('workers'),
    Job: await batch.listNamespacedJob(at, within(signal)),
    Pod: await core.listNamespacedPod(at, within(signal)),
    Secret: await core.listNamespacedSecret(at, within(signal)),
    Lease: await coordination.listNamespacedLease(at, within(signal)),
  };
  return Object.entries(lists).flatMap(([kind, { items }]) => items.map((one) => `${kind}/${nameOf(one)}`));
}

function newSpec(): ReturnType<typeof shellSpec> {
  return shellSpec('https://git.invalid/x.git', 'true');
}

/** Its pod waits for a node that there is not. */
function jobOf(run: AgentRun, installation: string): object {
  const metadata = { labels: runLabels(installation, run.spec) };
  const security = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const spec = {
    restartPolicy: 'Never',
    nodeSelector: { 'verve.dev/none': 'none' },
    containers: [{ name: 'publish', image: 'none', securityContext: security }],
  };
  return {
    metadata: { ...metadata, name: objectName(run.spec), ownerReferences: [ownerOf(run)] },
    spec: { backoffLimit: 0, template: { metadata, spec } },
  };
}
