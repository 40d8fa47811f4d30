import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { forgeAdmin, type ForgeAdmin } from '../forge-admin.ts';
import { kubectlIn, type Kubectl } from '../kubernetes/kubectl.ts';
import { freeAgentRuns, makeNamespace, restricted } from '../kubernetes/own-namespace.ts';
import { allowAddress } from '../kubernetes/run-network.ts';
import {
  imageOf,
  kubernetesDefaults,
  secretKey,
  secretName,
  workerImage,
} from '../kubernetes/worker-values.ts';
import { hostAddress, scriptAgent } from '../kubernetes/world.ts';
import { root } from '../programs.ts';
import { startTlsProxy, type TlsProxy } from '../tls-proxy.ts';
import { helm, folderOf, type Chart } from './helm.ts';

/** Where charts are installed: two namespaces, of which that of the worker enforces the level `restricted`; a forge. */
export interface Place extends AsyncDisposable {
  readonly forServer: Kubectl;
  readonly forWorker: Kubectl;
  readonly forge: ForgeAdmin;
  readonly proxy: TlsProxy;
  /** Makes a repository and gives its address, and the name that the forge has for it. */
  makeRepository(): Promise<{ readonly url: string; readonly name: string }>;
  /** Makes the Secret that the worker's values name, with its own key. */
  giveSecrets(key: string): Promise<void>;
}

/** Makes the namespaces; nothing is installed yet. */
export async function openPlace(): Promise<Place> {
  await using building = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'verve-charts-'));
  building.defer(() => rmSync(folder, { recursive: true, force: true }));
  const forge = forgeAdmin();
  const proxy = building.use(await startTlsProxy(forge.url, folder, hostAddress()));
  const name = `verve-e2e-${randomBytes(3).toString('hex')}`;
  const forWorker = kubectlIn(name);
  const forServer = kubectlIn(`${name}-server`);
  await forWorker.run(['apply', '--filename', join(root, 'crds')]);
  building.use(await makeNamespace(forServer));
  building.use(await makeNamespace(forWorker, restricted));
  building.defer(async () => removeWorkers(forWorker));
  const built = building.move();
  return {
    forServer,
    forWorker,
    forge,
    proxy,
    async makeRepository() {
      const made = await forge.makeRepository(`charts-${randomBytes(4).toString('hex')}`);
      return { name: made, url: `${proxy.url}/${made}.git` };
    },
    async giveSecrets(key) {
      const stringData = {
        key,
        password: await forge.makeToken('write:repository'),
        'forge-token': await forge.makeToken('read:user', 'write:repository', 'write:issue'),
        'ca.pem': readFileSync(proxy.caFile, 'utf8'),
      };
      await forWorker.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName }, stringData });
    },
    [Symbol.asyncDispose]: async () => built.disposeAsync(),
  };
}

/** Whatever became of the test: releases of charts, and AgentRuns that nobody is there for any more. */
async function removeWorkers(kubectl: Kubectl): Promise<void> {
  await kubectl.run(['delete', 'deployments', '--all', '--wait']);
  await freeAgentRuns(kubectl);
}

/** A chart, and what it is told. */
interface Release {
  readonly chart: Chart;
  readonly values: object;
  /** For `helm upgrade`. */
  readonly args?: readonly string[];
}

/** Installs a chart, or upgrades its release, without waiting for what comes of it. Gives what helm says. */
export async function release(
  { namespace }: Kubectl,
  { chart, values, args = [] }: Release,
): Promise<string> {
  const all = [
    'upgrade',
    '--install',
    chart,
    folderOf(chart),
    '--namespace',
    namespace,
    '--values=-',
    ...args,
  ];
  return helm(all, JSON.stringify(values));
}

/** The same, until all of it is ready. */
export async function install(kubectl: Kubectl, chart: Chart, values: object): Promise<string> {
  return release(kubectl, { chart, values, args: ['--wait', '--timeout=150s'] });
}

/** Values of a server on SQLite. */
export const serverValues = {
  image: imageOf('VERVE_TEST_SERVER_IMAGE', 'verve-server:dev'),
  // Volumes of a test's cluster may be folders of its node.
  persistence: { fixOwner: true, size: '1Gi' },
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
};

interface WorkerValues {
  readonly config: object;
  readonly image: object;
  readonly crds: object;
  readonly networkPolicy: object;
  readonly resources: object;
}

/** Values of a worker for a server of the other namespace. */
export function workerValuesFor({ forServer, proxy, forge }: Place): WorkerValues {
  return {
    config: {
      serverUrl: `http://verve-server.${forServer.namespace}:8080`,
      keyFrom: secretKey('key'),
      repositories: [`${proxy.url}/**`],
      agents: [scriptAgent],
      credentials: [{ prefix: proxy.url, username: forge.user, passwordFrom: secretKey('password') }],
      forges: [{ prefix: proxy.url, kind: 'gitea', tokenFrom: secretKey('forge-token') }],
      network: { caFrom: secretKey('ca.pem') },
      runLogs: 'full',
      kubernetes: kubernetesDefaults,
    },
    image: workerImage,
    crds: { install: false },
    networkPolicy: { runs: { allow: [allowAddress(hostAddress(), Number(new URL(proxy.url).port))] } },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  };
}
