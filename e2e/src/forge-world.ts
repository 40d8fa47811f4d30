import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, newId, type Client, type Task } from '@verve/contract';

import { forgeAdmin, type ForgeAdmin } from './forge-admin.ts';
import { startEntry, type Running } from './programs.ts';
import { adminKey, eitherServer, makeReplica, makeWorkerKey } from './replicas.ts';
import { startTlsProxy, type TlsProxy } from './tls-proxy.ts';

/** Server, worker and a real forge behind TLS. */
export interface ForgeWorld extends AsyncDisposable {
  readonly folder: string;
  readonly forge: ForgeAdmin;
  readonly proxy: TlsProxy;
  readonly client: Client;
  readonly worker: Running;
  /** In the name of every repository. */
  readonly suffix: string;
  /** Makes a repository of that name and the suffix; gives its full name. */
  makeRepository(name: string, isEmpty?: boolean): Promise<string>;
  /** Gives a task for a shell script on a repository and waits until it has ended. */
  perform(repository: string, script: string, more?: Partial<Task>): Promise<Task>;
  /** Has a task tried again and waits. */
  retry(task: Task): Promise<Task>;
}

/** The words that the agent of the tests has for its work. */
const summary = 'I wrote a greeting. Ask @somebody.';

/** Runs the task's description as a script, and tells its summary as an event. */
const agentScript = `echo '{"kind":"text","text":"at work"}' >> "$VERVE_EVENTS_FILE"
eval "$TASK_DESCRIPTION" || exit 1
echo '{"kind":"final","summary":"${summary}","usage":{"costUsd":0.25}}' >> "$VERVE_EVENTS_FILE"`;

/** Starts all of it. Repositories `unwritable-…` and `no-pull-…` are reached with lesser rights. */
export async function startForgeWorld(): Promise<ForgeWorld> {
  await using building = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'verve-forge-'));
  building.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const forge = forgeAdmin();
  const suffix = randomBytes(4).toString('hex');
  const proxy = building.use(await startTlsProxy(forge.url, folder));
  const server = building.use(await makeReplica({ dataDir: join(folder, 'server') }));
  await server.start();
  const stop = new AbortController();
  building.defer(() => stop.abort());
  const key = await makeWorkerKey(eitherServer([server.url], { key: adminKey }, stop.signal));
  const configFile = join(folder, 'worker.yaml');
  writeFileSync(configFile, JSON.stringify(await configOf({ forge, proxy, folder, suffix })));
  const worker = building.use(
    startEntry('worker/src/main.ts', {
      VERVE_CONFIG: configFile,
      VERVE_SERVER_URL: server.url,
      VERVE_KEY: key,
      VERVE_DATA_DIR: join(folder, 'worker'),
      VERVE_HEALTH_PORT: '0',
    }),
  );
  const client = createClient({ baseUrl: server.url, key: adminKey, fetch });

  async function ended(id: string): Promise<Task> {
    const headers = { authorization: `Bearer ${adminKey}`, accept: 'text/event-stream' };
    // The stream of a task's log ends with the task.
    const log = fetch(`${server.url}/api/v1/tasks/${id}/logs`, { headers }).then(async (it) => it.text());
    const isOver = await Promise.race([log.then(() => false), worker.ended.then(() => true)]);
    if (isOver) throw new Error(`the worker ended: ${worker.out()} ${worker.err()}`);
    const task = await client.ask('getTask', { params: { id } });
    return ['pending', 'running'].includes(task.status) ? ended(id) : task;
  }

  const built = building.move();
  return {
    folder,
    forge,
    proxy,
    client,
    worker,
    suffix,
    makeRepository: async (name, isEmpty) => forge.makeRepository(`${name}-${suffix}`, isEmpty),
    async perform(repository, script, more = {}) {
      const body = { title: 'Say hello', repository: `${proxy.url}/${repository}.git`, ...more };
      const made = await client.ask('createTask', {
        body: { ...body, description: script },
        headers: { 'Idempotency-Key': newId('task') },
      });
      return ended(made.id);
    },
    async retry({ id }) {
      await client.ask('retryTask', { params: { id }, body: {} });
      return ended(id);
    },
    [Symbol.asyncDispose]: async () => built.disposeAsync(),
  };
}

/** How a worker reaches a forge. */
interface Reaching {
  readonly forge: ForgeAdmin;
  readonly proxy: TlsProxy;
  /** For the files with the secrets. */
  readonly folder: string;
}

/** What the worker's configuration names for a forge. */
interface ForgeAccess {
  readonly credentials: readonly object[];
  readonly forges: readonly object[];
  readonly network: object;
}

/** So that a worker reaches all repositories of the administrator. */
export function forgeAccess({ forge, proxy, folder }: Reaching): ForgeAccess {
  const prefix = `${proxy.url}/${forge.user}`;
  const passwordFile = writeSecret(folder, 'password', forge.token);
  const tokenFile = writeSecret(folder, 'token', forge.token);
  return {
    credentials: [{ prefix, username: forge.user, passwordFile }],
    forges: [{ prefix, kind: 'gitea', tokenFile }],
    network: { caFile: proxy.caFile },
  };
}

function writeSecret(folder: string, name: string, value: string): string {
  const file = join(folder, name);
  writeFileSync(file, `${value}\n`, { mode: 0o600 });
  return file;
}

type Configuring = Pick<ForgeWorld, 'forge' | 'proxy' | 'folder' | 'suffix'>;

async function configOf({ forge, proxy, folder, suffix }: Configuring): Promise<object> {
  const lesser = (name: string): string => `${proxy.url}/${forge.user}/${name}-${suffix}.git`;
  const reading = await forge.makeToken('read:repository');
  const passwordFile = writeSecret(folder, 'reading', reading);
  const tokenFile = writeSecret(folder, 'weak-token', reading);
  const { credentials, forges, network } = forgeAccess({ forge, proxy, folder });
  return {
    repositories: [`${proxy.url}/**`],
    agents: [{ name: 'script', driver: 'command', command: ['sh', '-c', agentScript] }],
    credentials: [...credentials, { prefix: lesser('unwritable'), username: forge.user, passwordFile }],
    forges: [...forges, { prefix: lesser('no-pull'), kind: 'gitea', tokenFile }],
    author: { name: 'Greeter', email: 'greeter@example.test' },
    coAuthor: { name: 'Ada', email: 'ada@example.test' },
    network,
  };
}
