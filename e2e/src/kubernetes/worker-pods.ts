import type { Kubectl } from './kubectl.ts';
import { until } from './until.ts';

const selector = '--selector=app.kubernetes.io/name=verve-worker';
const deployment = 'deployment/verve-worker';

/** The worker's pods, in the hands of somebody who does not ask the worker. */
export interface WorkerPods {
  /** Names of those that are not on their way out. */
  names(): Promise<readonly string[]>;
  /** Gone without a word, as when a node loses power; another one follows. */
  destroy(): Promise<void>;
  /** SIGKILL to the worker's process; its container begins again. */
  killProcess(): Promise<void>;
  /** As `kubectl rollout restart`; resolves when that is over. */
  rollOut(): Promise<void>;
  /** Resolves when so many are there. */
  scale(replicas: number): Promise<void>;
  /** How often its containers began again. */
  restarts(): Promise<number>;
  /** The one that is active, as its Lease has it, and not on its way out; undefined: none is. */
  active(): Promise<string | undefined>;
  /** The sum of a metric over its label values, of the active one. */
  metric(name: string, without?: RegExp): Promise<number>;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
}

interface Lease {
  readonly spec: { readonly holderIdentity?: string };
}

/** Of one installation in its namespace. */
export function workerPods(kubectl: Kubectl): WorkerPods {
  async function pods(): Promise<readonly Pod[]> {
    const { items } = await kubectl.get<{ readonly items: readonly Pod[] }>('pods', selector);
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  async function names(): Promise<readonly string[]> {
    return (await pods()).map(({ metadata }) => metadata.name);
  }

  async function restarts(): Promise<number> {
    const counts = (await pods()).flatMap(({ status }) => status.containerStatuses ?? []);
    return counts.reduce((sum, { restartCount }) => sum + restartCount, 0);
  }

  async function active(): Promise<string | undefined> {
    const { spec } = await kubectl.get<Lease>('lease', 'verve-worker');
    const name = spec.holderIdentity?.split('_')[0] ?? '';
    return (await names()).includes(name) ? name : undefined;
  }

  return {
    names,
    restarts,
    active,
    async destroy() {
      const gone = await names();
      await kubectl.run(['delete', 'pod', ...gone, '--grace-period=0', '--force', '--wait=false']);
      await until('another pod of the worker is there', async () =>
        (await names()).some((name) => !gone.includes(name)),
      );
    },
    async killProcess() {
      const [name = ''] = await names();
      const before = await restarts();
      // All processes but the first, which is the init program, and the shell.
      await kubectl.run(['exec', name, '--', 'sh', '-c', 'kill -KILL -1']).catch(() => undefined);
      await until('the container has begun again', async () => (await restarts()) > before);
    },
    async rollOut() {
      await kubectl.run(['rollout', 'restart', deployment]);
      await kubectl.run(['rollout', 'status', deployment, '--timeout=120s']);
    },
    async scale(replicas) {
      await kubectl.run(['scale', deployment, `--replicas=${replicas}`]);
      await until(`${replicas} pods are there`, async () => (await names()).length === replicas);
    },
    async metric(name, without = /^$/) {
      const path = `/api/v1/namespaces/${kubectl.namespace}/pods/${await active()}:8081/proxy/metrics`;
      const text = await kubectl.run(['get', '--raw', path]);
      const lines = text.split('\n').filter((line) => line.startsWith(name) && !without.test(line));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
  };
}
