import { createClient } from '@verve/contract';

import { isKeyValid, isReady, setUpProject, waitUntil } from '../trial/server-setup.ts';
import { CannotStart } from '../trial/settings.ts';
import type { Cluster } from './cluster.ts';
import { adminSecret, keepSecret, workerSecret } from './preparation.ts';

/** The repository of `sample.yaml`, as runs see it. */
const sampleRepository = 'file:///sample/notes.git';

const readyWithinMs = 60_000;

/**
 * Sets up the server: the default project gets the sample repository and the agent `demo` unless it has others, and the
 * worker a key unless its own is still good. Gives the admin key. Throws CannotStart.
 */
export async function setUpServer(cluster: Cluster, url: string, signal: AbortSignal): Promise<string> {
  await waitUntilReady(url, signal);
  const adminKey = await cluster.secret(adminSecret.name, adminSecret.key);
  if (adminKey === undefined) throw new CannotStart(`There is no Secret ${adminSecret.name} any more.`);
  const client = createClient({ baseUrl: url, key: adminKey, fetch });
  const projectId = await setUpProject(client, sampleRepository);
  const workerKey = await cluster.secret(workerSecret.name, workerSecret.key);
  if (workerKey !== undefined && (await isKeyValid(url, workerKey))) return adminKey;

  const body = { role: 'worker', name: 'dev:cluster worker', projectId } as const;
  const { key } = await client.ask('createKey', { body });
  await keepSecret(cluster, workerSecret, key);
  await restartWorker(cluster);
  return adminKey;
}

async function waitUntilReady(url: string, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(readyWithinMs);
  try {
    await waitUntil(async (waiting) => isReady(url, waiting), AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    throw new CannotStart(`The server does not answer on ${url}; its log says why.`, { cause: error });
  }
}

/** A worker reads its own key when it starts. */
async function restartWorker({ kubectl }: Cluster): Promise<void> {
  const worker = 'deployment/verve-worker';
  if ((await kubectl(['get', worker, '--output=name', '--ignore-not-found'])) === '') return;
  await kubectl(['rollout', 'restart', worker]);
}
