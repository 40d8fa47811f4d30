import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createClient, type Client } from '@verve/contract';

import { startEntry, type Running } from './programs.ts';
import { adminKey, eitherServer, makeReplica, makeWorkerKey } from './replicas.ts';

/** A server, and a worker that has it for itself. */
export interface ServerAndWorker extends AsyncDisposable {
  /** Of the server. */
  readonly url: string;
  /** An administrator's. */
  readonly client: Client;
  readonly worker: Running;
  /** Of the worker, with which its other commands find all of it. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
}

/** What a worker is configured with. */
interface WorkerConfiguration {
  readonly settings: object;
  /** Variables besides those that lead it to its files and to the server. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts both, which keep their files below a folder. */
export async function startServerAndWorker(
  folder: string,
  { settings, environment = {} }: WorkerConfiguration,
): Promise<ServerAndWorker> {
  await using building = new AsyncDisposableStack();
  const server = building.use(await makeReplica({ dataDir: join(folder, 'server') }));
  await server.start();
  const { url } = server;
  const stop = new AbortController();
  building.defer(() => stop.abort());
  const configFile = join(folder, 'worker.yaml');
  writeFileSync(configFile, JSON.stringify(settings));
  const workerEnvironment = {
    VERVE_CONFIG: configFile,
    VERVE_SERVER_URL: url,
    VERVE_KEY: await makeWorkerKey(eitherServer([url], { key: adminKey }, stop.signal)),
    VERVE_DATA_DIR: join(folder, 'worker'),
    VERVE_HEALTH_PORT: '0',
    ...environment,
  };
  const worker = building.use(startEntry('worker/src/main.ts', workerEnvironment));
  const built = building.move();
  return {
    url,
    client: createClient({ baseUrl: url, key: adminKey, fetch }),
    worker,
    workerEnvironment,
    [Symbol.asyncDispose]: async () => built.disposeAsync(),
  };
}
