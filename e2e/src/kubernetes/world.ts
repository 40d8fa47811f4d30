import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, newId, type Client, type Task } from '@verve/contract';

import { folderOf, helm } from '../charts/helm.ts';
import { forgeAdmin, type ForgeAdmin } from '../forge-admin.ts';
import { root } from '../programs.ts';
import { adminKey, eitherServer, makeReplica, makeWorkerKey, type Replica } from '../replicas.ts';
import { startTlsProxy, type TlsProxy } from '../tls-proxy.ts';
import { kubectlIn, type Kubectl } from './kubectl.ts';
import { freeAgentRuns, makeNamespace, restricted } from './own-namespace.ts';
import { allowAddress, type RunNetwork } from './run-network.ts';
import { secretKey, secretName, workerValues, type WorkerInstall } from './worker-values.ts';

/** A worker in the cluster, as a customer has it; server and forge are on this machine. */
export interface ClusterWorld extends AsyncDisposable {
  readonly kubectl: Kubectl;
  readonly client: Client;
  readonly server: Replica;
  readonly forge: ForgeAdmin;
  readonly proxy: TlsProxy;
  /** The worker's files, by name: keys of a Secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Makes a repository and gives its address. */
  makeRepository(): Promise<Repository>;
  /** Gives a task for a shell script; it is on its way when this resolves. */
  give(repository: Repository, script: string, more?: Partial<Task>): Promise<Task>;
  /** Resolves with a task that has ended. */
  ended(id: string): Promise<Task>;
  /** Both. */
  perform(repository: Repository, script: string, more?: Partial<Task>): Promise<Task>;
  /** Every line of a task's log, once it has ended. */
  log(id: string): Promise<readonly string[]>;
  /** What the worker has said so far, all its pods together. */
  workerLog(): Promise<string>;
  /** Installs the worker anew with other settings, and other values of the chart, or another one beside it. */
  install(settings?: object, more?: InstallOptions): Promise<void>;
}

/** A repository of the forge. */
export interface Repository {
  readonly url: string;
  /** As the forge calls it. */
  readonly name: string;
}

/** What is installed besides settings. */
interface InstallOptions {
  /** The release, and the installation. Absent: the world's own worker. */
  readonly name?: string;
  /** Laid over the chart's values. */
  readonly values?: object;
}

/** What differs from world to world. */
export interface WorldOptions {
  /** Laid over the worker's settings. */
  readonly settings?: object;
  /** Variables of the server. */
  readonly server?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** More of the worker's files, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What runs reach besides DNS and the forge. Absent: public addresses. */
  readonly network?: RunNetwork;
}

/** The address of this machine, as pods reach it. */
export function hostAddress(): string {
  const address = process.env['VERVE_TEST_HOST'];
  if (address === undefined) throw new Error('VERVE_TEST_HOST does not say how pods reach this machine');
  return address;
}

/** What the objects of a task's attempt are called. */
export function runNameOf({ id }: Pick<Task, 'id'>, attempt = 1): string {
  return `${id.replace('_', '-')}-${attempt}`;
}

/** Runs the task's description as a script, and tells its summary as an event. */
const agentScript = `eval "$TASK_DESCRIPTION" || exit $?
echo '{"kind":"final","summary":"I did what was asked.","usage":{"costUsd":0.25}}' >> "$VERVE_EVENTS_FILE"`;

/** The agent of these tests: the task's description is what it does. */
export const scriptAgent = { name: 'script', driver: 'command', command: ['sh', '-c', agentScript] };

/** Starts all of it in a namespace of its own, which enforces the level `restricted`. */
export async function startClusterWorld(options: WorldOptions = {}): Promise<ClusterWorld> {
  await using building = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'verve-cluster-'));
  building.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const forge = forgeAdmin();
  const host = hostAddress();
  const proxy = building.use(await startTlsProxy(forge.url, folder, host));
  const place = { dataDir: join(folder, 'server') };
  const server = building.use(await makeReplica(place, { VERVE_HOST: '0.0.0.0', ...options.server }));
  await server.start();
  const client = createClient({ baseUrl: server.url, key: adminKey, fetch });
  const stop = new AbortController();
  building.defer(() => stop.abort());
  const key = await makeWorkerKey(eitherServer([server.url], { key: adminKey }, stop.signal));
  const kubectl = building.use(await openNamespace());

  const secrets = {
    key,
    password: await forge.makeToken('write:repository'),
    'forge-token': await forge.makeToken('read:user', 'write:repository', 'write:issue'),
    'ca.pem': readFileSync(proxy.caFile, 'utf8'),
    ...options.secrets,
  };
  const stringData = secrets;
  await kubectl.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName }, stringData });
  const base: WorkerInstall = {
    serverUrl: server.url.replace('127.0.0.1', host),
    replicas: options.replicas ?? 1,
    network: networkOf(options.network, proxy),
    settings: {
      repositories: [`${proxy.url}/**`],
      agents: [scriptAgent],
      credentials: [{ prefix: proxy.url, username: forge.user, passwordFrom: secretKey('password') }],
      forges: [{ prefix: proxy.url, kind: 'gitea', tokenFrom: secretKey('forge-token') }],
      network: { caFrom: secretKey('ca.pem') },
      ...options.settings,
    },
  };

  async function install(
    settings: object = {},
    { name = 'verve-worker', values = {} }: InstallOptions = {},
  ): Promise<void> {
    const given = { ...workerValues({ ...base, settings: { ...base.settings, ...settings } }), ...values };
    const own = { ...given, fullnameOverride: name };
    const args = ['upgrade', '--install', name, folderOf('verve-worker'), '--values', '-'];
    await helm([...args, '--namespace', kubectl.namespace], JSON.stringify(own));
    await kubectl.run(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
  }

  await install();
  const built = building.move();
  return {
    kubectl,
    client,
    server,
    forge,
    proxy,
    secrets,
    install,
    ...tasksOf(client, server),
    async makeRepository() {
      const name = await forge.makeRepository(`cluster-${randomBytes(4).toString('hex')}`);
      return { name, url: `${proxy.url}/${name}.git` };
    },
    workerLog: async () => workerLogOf(kubectl),
    [Symbol.asyncDispose]: async () => built.disposeAsync(),
  };
}

/** Of runs: they need the forge, and neither the server nor the API server. */
function networkOf(network: RunNetwork = { mode: 'public', allow: [] }, { url }: TlsProxy): RunNetwork {
  return { ...network, allow: [allowAddress(hostAddress(), Number(new URL(url).port)), ...network.allow] };
}

type Tasks = Pick<ClusterWorld, 'give' | 'ended' | 'perform' | 'log'>;

function tasksOf(client: Client, server: Replica): Tasks {
  async function logText(id: string): Promise<string> {
    const headers = { authorization: `Bearer ${adminKey}`, accept: 'text/event-stream' };
    const answer = await fetch(`${server.url}/api/v1/tasks/${id}/logs`, { headers });
    return answer.text();
  }

  async function ended(id: string): Promise<Task> {
    // The stream of a task's log ends with the task; it is cut when the server goes away.
    await logText(id).catch(() => undefined);
    const task = await client.ask('getTask', { params: { id } }).catch(() => undefined);
    return task && !['pending', 'running'].includes(task.status) ? task : ended(id);
  }

  async function give(repository: Repository, script: string, more: Partial<Task> = {}): Promise<Task> {
    const body = { title: 'Say hello', repository: repository.url, ...more, description: script };
    return client.ask('createTask', { body, headers: { 'Idempotency-Key': newId('task') } });
  }

  return {
    give,
    ended,
    perform: async (repository, script, more) => ended((await give(repository, script, more)).id),
    async log(id) {
      const lines: string[] = [];
      for (let after = '0.0'; ;) {
        const page = await client.ask('readLogs', { params: { id }, query: { after, limit: '200' } });
        lines.push(...page.chunks.flatMap((chunk) => chunk.lines));
        if (page.chunks.length === 0 || page.isComplete) return lines;
        after = page.next;
      }
    },
  };
}

/** Of a container that is about to start there is no log. */
async function workerLogOf(kubectl: Kubectl): Promise<string> {
  const selector = '--selector=app.kubernetes.io/name=verve-worker';
  try {
    return await kubectl.run(['logs', selector, '--tail=-1', '--prefix=false']);
  } catch (error) {
    if (String(error).includes('waiting to start')) return '';
    throw error;
  }
}

async function openNamespace(): Promise<Kubectl & AsyncDisposable> {
  const kubectl = kubectlIn(`verve-e2e-${randomBytes(3).toString('hex')}`);
  await kubectl.run(['apply', '--filename', join(root, 'crds')]);
  const namespace = await makeNamespace(kubectl, restricted);
  return {
    ...kubectl,
    async [Symbol.asyncDispose]() {
      await kubectl.run(['delete', 'deployment', 'verve-worker', '--ignore-not-found', '--wait']);
      await freeAgentRuns(kubectl);
      await namespace[Symbol.asyncDispose]();
    },
  };
}
