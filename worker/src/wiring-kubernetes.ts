import type { Logger } from 'pino';

import type { WorkerSettings } from './config.ts';
import type { Finding } from './doctor/finding.ts';
import { checkAgents } from './executors/kubernetes/agent-check.ts';
import { createKubernetesExecutor } from './executors/kubernetes/kubernetes-executor.ts';
import type { Health } from './health.ts';
import { holdLease, type InstallationLease } from './installation-lease.ts';
import { holdInstallation } from './installation.ts';
import { createAgentRunJournal } from './journals/agent-run.ts';
import { checkAccess } from './kubernetes/access-check.ts';
import { untilAllowed } from './kubernetes/access-gate.ts';
import { createAgentRuns } from './kubernetes/agent-runs.ts';
import { openCluster } from './kubernetes/cluster.ts';
import { checkConnection } from './kubernetes/connection-check.ts';
import { sweepFinishedRuns } from './kubernetes/finished-runs.ts';
import { checkPullSecrets } from './kubernetes/pull-secrets.ts';
import { keepWorkerObject } from './kubernetes/worker-object.ts';
import type { Meters } from './meters.ts';
import { createStandbyGate } from './standby-gate.ts';
import type { WorkerKey } from './worker-key.ts';
import type { Workplace } from './workplace.ts';

/** What runs in Kubernetes take. */
interface KubernetesOptions {
  readonly settings: WorkerSettings;
  readonly key: WorkerKey;
  /** The worker's. */
  readonly version: string;
  /** Where the worker keeps its own files. */
  readonly home: string;
  readonly meters: Meters;
  readonly health: Pick<Health, 'enter' | 'hinder' | 'ready'>;
  readonly logger: Logger;
}

/**
 * Runs as Jobs, with AgentRuns as the journal. Waits until the cluster lets it work, since one that stands by is to follow at
 * once, then until the folder is this process's alone, for logs on their way to the server, and then the installation.
 */
export async function openKubernetes(
  { settings, key, version, home, meters, health, logger }: KubernetesOptions,
  stop: AbortSignal,
): Promise<Workplace> {
  const { kubernetes, agents, name: worker } = settings;
  const { installation } = kubernetes;
  const cluster = openCluster(kubernetes, meters);
  const loggerOf = (component: string): Logger => logger.child({ component });
  await using held = new AsyncDisposableStack();
  await untilAllowed({ cluster, health, logger: loggerOf('access') }, stop);
  const folder = held.use(await holdInstallation(home, logger, stop));
  const inTurn = async (): Promise<InstallationLease> => {
    await using gate = createStandbyGate({ settings, key, health, logger: loggerOf('server') }, stop);
    return await holdLease({ cluster, installation, standBy: gate.standBy, logger: loggerOf('lease') }, stop);
  };
  const lease = held.use(await inTurn());
  const agentRuns = held.use(
    createAgentRuns({ cluster, installation, worker, logger: loggerOf('agent-runs') }),
  );
  const executor = held.use(
    createKubernetesExecutor({
      cluster,
      settings: kubernetes,
      agentRuns,
      agentImages: new Map(agents.flatMap(({ name, image }) => (image === undefined ? [] : [[name, image]]))),
      logger: loggerOf('executor'),
    }),
  );
  held.use(
    sweepFinishedRuns({ cluster, installation, keep: kubernetes.keep, logger: loggerOf('finished-runs') }),
  );
  held.use(
    keepWorkerObject({
      cluster,
      installation,
      facts: () => ({
        version,
        serverUrl: settings.serverUrl,
        running: agentRuns.active.values().length,
        capacity: settings.capacity,
        connected: health.ready(),
      }),
      logger: loggerOf('worker-object'),
    }),
  );
  const journal = createAgentRunJournal({ agentRuns, now: Date.now, logger: loggerOf('journal') });
  const all = held.move();
  return {
    instance: lease.instance,
    lost: AbortSignal.any([folder.lost, lease.lost]),
    executor,
    journal,
    [Symbol.asyncDispose]: async () => all.disposeAsync(),
  };
}

/** What the executor needs of the cluster, for `doctor`, and whether each agent can begin in its image. */
export async function checkCluster(
  settings: WorkerSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { kubernetes, agents } = settings;
  const cluster = openCluster(kubernetes);
  const access = await checkAccess(cluster, signal);
  if (access.some(({ state }) => state === 'failed')) return access;
  const questioner = { cluster, settings: kubernetes };
  return [
    ...access,
    ...(await checkConnection(cluster, kubernetes.installation, signal)),
    ...checkPullSecrets(kubernetes, cluster.namespace),
    ...(await checkAgents({ settings, questioner }, agents, signal)),
  ];
}

export { checkAgentImage } from './executors/kubernetes/image-check.ts';
