import type { RunNetwork } from './run-network.ts';

/** Of the worker, as charts have it. */
export const workerImage = imageOf('VERVE_TEST_WORKER_IMAGE', 'verve-worker:dev');

const agentImage = process.env['VERVE_TEST_AGENT_IMAGE'] ?? 'verve-agent:dev';

/** The Secret with the worker's files, which tests make. */
export const secretName = 'verve-secrets';

/** A file of the worker, as the chart's values name it. */
export function secretKey(key: string): { readonly secret: string; readonly key: string } {
  return { secret: secretName, key };
}

const little = { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } };

/** What runs are by default in these tests: small, from images that the node has. */
export const kubernetesDefaults = {
  image: agentImage,
  imagePullPolicy: 'IfNotPresent',
  resources: { checkout: little, agent: little, publish: little },
};

/** What differs from one worker to another. */
export interface WorkerInstall {
  /** As pods reach it. */
  readonly serverUrl: string;
  readonly replicas: number;
  /** As the chart has them under `config`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly network: RunNetwork;
}

/** Values of the chart `verve-worker`. The kinds are there already: other tests have them, too. */
export function workerValues({ serverUrl, replicas, settings, network }: WorkerInstall): object {
  const kubernetes = { ...kubernetesDefaults, ...(settings['kubernetes'] as object | undefined) };
  return {
    config: {
      serverUrl,
      keyFrom: secretKey('key'),
      name: 'cluster',
      runLogs: 'full',
      capacity: 4,
      ...settings,
      kubernetes,
    },
    image: workerImage,
    crds: { install: false },
    replicas,
    networkPolicy: { runs: network },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    // On a machine that is short of processors an answer takes seconds.
    readinessProbe: { periodSeconds: 5, timeoutSeconds: 10, failureThreshold: 6 },
  };
}

/** An image that a variable names, as charts have it. */
export function imageOf(
  variable: string,
  usual: string,
): { readonly repository: string; readonly tag: string } {
  const [repository = '', tag = ''] = (process.env[variable] ?? usual).split(/:(?=[^:/]*$)/);
  return { repository, tag };
}
