import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { newId, type Client, type Task } from '@verve/contract';

import { forgeAdmin, type ForgeAdmin } from './forge-admin.ts';
import type { Running } from './programs.ts';
import { adminKey } from './replicas.ts';
import { startServerAndWorker } from './server-and-worker.ts';
import { startTlsProxy, type TlsProxy } from './tls-proxy.ts';

/** Server, worker and a real forge behind TLS. */
export interface ForgeWorld extends AsyncDisposable {
  readonly folder: string;
  readonly forge: ForgeAdmin;
  readonly proxy: TlsProxy;
  readonly client: Client;
  readonly worker: Running;
  /** A user of the forge whom the settings of `settled-…` ask for a review. */
  readonly reviewer: string;
  /** In the name of every repository. */
  readonly suffix: string;
  /** Makes a repository of that name and the suffix; gives its full name. */
  makeRepository(name: string, isEmpty?: boolean): Promise<string>;
  /** Gives a task for a shell script on a repository and waits until it has ended. */
  perform(repository: string, script: string, more?: Partial<Task>): Promise<Task>;
  /** Has a task tried again and waits. */
  retry(task: Task): Promise<Task>;
  /** All that the log of a task tells. */
  log(task: Task): Promise<string>;
}

/** The words that the agent of the tests has for its work. */
const summary = 'I wrote a greeting. Ask @somebody.';

/** Runs the task's description as a script, and tells its summary as an event. */
const agentScript = `echo '{"kind":"text","text":"at work"}' >> "$VERVE_EVENTS_FILE"
eval "$TASK_DESCRIPTION" || exit 1
echo '{"kind":"final","summary":"${summary}","usage":{"costUsd":0.25}}' >> "$VERVE_EVENTS_FILE"`;

/**
 * Starts all of it. Repositories `unwritable-…` and `no-pull-…` are reached with lesser rights; pull requests of
 * `settled-…` are to have much that others have not.
 */
export async function startForgeWorld(): Promise<ForgeWorld> {
  await using building = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'verve-forge-'));
  building.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const forge = forgeAdmin();
  const suffix = randomBytes(4).toString('hex');
  const { name: reviewer } = await forge.makeUser();
  const proxy = building.use(await startTlsProxy(forge.url, folder));
  const settings = await configOf({ forge, proxy, folder, suffix, reviewer });
  const { url, client, worker } = building.use(await startServerAndWorker(folder, { settings }));

  /** The stream of a task's log ends with the task. */
  async function logOf(id: string): Promise<string> {
    const headers = { authorization: `Bearer ${adminKey}`, accept: 'text/event-stream' };
    const answer = await fetch(`${url}/api/v1/tasks/${id}/logs`, { headers });
    return answer.text();
  }

  async function ended(id: string): Promise<Task> {
    const isOver = await Promise.race([logOf(id).then(() => false), worker.ended.then(() => true)]);
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
    reviewer,
    log: async ({ id }) => logOf(id),
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

type Configuring = Pick<ForgeWorld, 'forge' | 'proxy' | 'folder' | 'suffix' | 'reviewer'>;

async function configOf({ forge, proxy, folder, suffix, reviewer }: Configuring): Promise<object> {
  const lesser = (name: string): string => `${proxy.url}/${forge.user}/${name}-${suffix}.git`;
  const reading = await forge.makeToken('read:repository');
  const passwordFile = writeSecret(folder, 'reading', reading);
  const tokenFile = writeSecret(folder, 'weak-token', reading);
  const { credentials, forges, network } = forgeAccess({ forge, proxy, folder });
  return {
    repositories: [`${proxy.url}/**`],
    agents: [{ name: 'script', driver: 'command', command: ['sh', '-c', agentScript] }],
    credentials: [...credentials, { prefix: lesser('unwritable'), username: forge.user, passwordFile }],
    forges: [
      ...forges,
      { prefix: lesser('no-pull'), kind: 'gitea', tokenFile },
      {
        prefix: lesser('settled'),
        kind: 'gitea',
        tokenFile: writeSecret(folder, 'settled-token', forge.token),
        pullRequest: {
          draft: true,
          title: '{title} by {agent}',
          labels: ['robot', 'no-such-label'],
          reviewers: [reviewer, 'no-such-user', forge.user],
          assignees: [forge.user, 'no-such-user'],
        },
      },
    ],
    author: { name: 'Greeter', email: 'greeter@example.test' },
    coAuthor: { name: 'Ada', email: 'ada@example.test' },
    network,
  };
}
