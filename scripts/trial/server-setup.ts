import { setTimeout as sleep } from 'node:timers/promises';

import { ApiError, createClient, defaultProjectName, type Client } from '@verve/contract';

import { readSecret, writeSecret } from './kept-secret.ts';
import { CannotStart } from './settings.ts';

/** What is waited for; throws when it never will be, and may when the signal aborts. */
export type Condition = (signal: AbortSignal) => Promise<boolean>;

/** Waits until a condition holds. Throws the signal's reason when it aborts. */
export async function waitUntil(holds: Condition, signal: AbortSignal): Promise<void> {
  while (!(await holds(signal))) await sleep(100, undefined, { signal });
}

/** Whether the server can serve. */
export async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal })).ok;
  } catch {
    return false;
  }
}

/** What the trial sets up on its server. */
export interface Setup {
  readonly url: string;
  readonly adminKey: string;
  readonly sampleUrl: string;
  readonly workerKeyFile: string;
}

/** Gives the default project its repository and agent unless it has some, and makes the worker's key unless one is kept. */
export async function setUpServer(setup: Setup): Promise<{ client: Client; workerKey: string }> {
  const client = createClient({ baseUrl: setup.url, key: setup.adminKey, fetch });
  const projectId = await setUpProject(client, setup.sampleUrl).catch(explainRefusal);
  return { client, workerKey: await keepWorkerKey(client, setup, projectId) };
}

/** Gives the default project its repository and agent unless it has some. Gives its id; throws CannotStart. */
export async function setUpProject(client: Client, sampleUrl: string): Promise<string> {
  const { projects } = await client.ask('listProjects');
  const project = projects.find(({ name }) => name === defaultProjectName) ?? projects[0];
  if (project === undefined) throw new CannotStart('The server has no project.');
  const body = {
    ...(project.repository === undefined && { repository: sampleUrl }),
    ...(project.agent === undefined && { agent: 'demo' }),
  };
  if (Object.keys(body).length > 0) await client.ask('updateProject', { params: { id: project.id }, body });
  return project.id;
}

function explainRefusal(error: unknown): never {
  if (error instanceof ApiError && error.status === 401) {
    throw new CannotStart(
      'The server does not accept the admin key; is VERVE_ADMIN_KEY another than before?',
      {
        cause: error,
      },
    );
  }
  throw error;
}

async function keepWorkerKey(client: Client, setup: Setup, projectId: string): Promise<string> {
  const kept = readSecret(setup.workerKeyFile);
  if (kept !== undefined && (await isKeyValid(setup.url, kept))) return kept;
  const { key } = await client.ask('createKey', {
    body: { role: 'worker', name: 'trial worker', projectId },
  });
  writeSecret(setup.workerKeyFile, key);
  return key;
}

/** Whether a server takes a key. */
export async function isKeyValid(url: string, key: string): Promise<boolean> {
  try {
    await createClient({ baseUrl: url, key, fetch }).ask('getSession');
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
}

/** Whether a worker can take tasks. */
export async function hasWorker(client: Client, signal: AbortSignal): Promise<boolean> {
  const { workers } = await client.ask('listWorkers', { query: {}, signal });
  return workers.some((worker) => worker.isConnected);
}
