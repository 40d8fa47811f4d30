import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { freePort } from '../programs.ts';
import { adminKey, eitherServer, makeWorkerKey, type EitherServer } from '../replicas.ts';
import { mountSmallDisk, whyNoTmpfs, type SmallDisk } from '../small-disk.ts';
import { startCrashingPostgres, type CrashingPostgres } from './crashing-postgres.ts';
import { localDestination, type Destination } from './destination.ts';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.ts';
import { forgeDestination } from './forge-destination.ts';
import { createPart, type Part } from './part.ts';
import { createRandom } from './random.ts';
import { isPublish, killAll, processesIn } from './run-processes.ts';
import { writeWorkerConfig } from './worker-config.ts';

/** The lease in this world, in seconds: short, so that what outlasts it fits into a run. */
export const leaseSeconds = 12;

/** Everything that a chaos run is made of, each a real process. */
export interface World extends AsyncDisposable {
  readonly server: Part;
  readonly worker: Part;
  /** Undefined: the server is on SQLite. */
  readonly postgres: CrashingPostgres | undefined;
  /** Between the worker and the server. */
  readonly proxy: FaultyProxy;
  /** Beyond the worker. */
  readonly destination: Destination;
  /** Of the server (on SQLite) and the worker; undefined where none can be mounted. */
  readonly disks: { readonly server: SmallDisk | undefined; readonly worker: SmallDisk | undefined };
  /** Sets the wall clock of a part forward or back by so many ms. */
  setClock(part: 'server' | 'worker', offsetMs: number): void;
  /** Ids of the processes that run phases now. */
  phases(): readonly number[];
  /** Those of them that publish. */
  publishing(): readonly number[];
  /** Goes to the server directly, and again until it answers. */
  readonly admin: EitherServer;
}

/** What the world is made of. */
export interface WorldOptions {
  readonly database: 'postgres' | 'sqlite';
  /** Whether work goes to the forge that `FORGE_*` name. */
  readonly hasForge: boolean;
  /** Of what the proxies draw. */
  readonly seed: number;
  readonly capacity: number;
  /** Of one task's log. */
  readonly lines: number;
}

const diskMiB = 192;

/** Builds the world and starts it. */
export async function createWorld(options: WorldOptions): Promise<World> {
  await using building = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'verve-chaos-'));
  building.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const canMount = whyNoTmpfs() === undefined;
  const disk = (): SmallDisk | undefined => (canMount ? building.use(mountSmallDisk(diskMiB)) : undefined);
  const disks = { server: options.database === 'sqlite' ? disk() : undefined, worker: disk() };
  const postgres = options.database === 'postgres' ? building.use(await startCrashingPostgres()) : undefined;
  const random = createRandom(options.seed);
  const destination = options.hasForge
    ? building.use(await forgeDestination(folder, random))
    : localDestination(folder);

  const port = await freePort();
  const serverUrl = `http://127.0.0.1:${port}`;
  const server = building.use(
    createPart('server', 'server/src/main.ts', {
      ...clockOf(folder, 'server'),
      VERVE_PORT: String(port),
      VERVE_HOST: '127.0.0.1',
      VERVE_DATA_DIR: disks.server?.folder ?? join(folder, 'server'),
      ...(postgres && { VERVE_DATABASE_URL: postgres.url }),
      VERVE_ADMIN_KEY: adminKey,
      VERVE_LOG_LEVEL: 'error',
      VERVE_TIMES_HEARTBEAT_SECONDS: '2',
      VERVE_TIMES_LEASE_SECONDS: String(leaseSeconds),
      VERVE_TIMES_ACKNOWLEDGE_SECONDS: '6',
      VERVE_TIMES_PUBLISH_SECONDS: '120',
      VERVE_TIMES_SWEEP_SECONDS: '1',
    }),
  );
  server.start();
  const stop = new AbortController();
  building.defer(() => stop.abort());
  const admin = eitherServer([serverUrl], { key: adminKey }, stop.signal);
  const proxy = building.use(await startFaultyProxy(serverUrl, random));

  const workerFolder = disks.worker?.folder ?? join(folder, 'worker');
  const worker = building.use(
    createPart('worker', 'worker/src/main.ts', {
      ...clockOf(folder, 'worker'),
      VERVE_CONFIG: writeWorkerConfig(folder, { ...options, destination }),
      VERVE_SERVER_URL: proxy.url,
      VERVE_KEY: await makeWorkerKey(admin),
      VERVE_DATA_DIR: workerFolder,
      VERVE_LOG_LEVEL: 'warn',
    }),
  );
  worker.start();
  // Runs outlive their worker; they must not outlive the world.
  building.defer(() => killAll(workerFolder));
  const runs = `${workerFolder}/worker/runs`;

  const built = building.move();
  return {
    server,
    worker,
    postgres,
    proxy,
    destination,
    disks,
    admin,
    setClock: (part, offsetMs) => writeFileSync(clockFile(folder, part), String(offsetMs)),
    phases: () => processesIn(runs),
    publishing: () => processesIn(runs).filter(isPublish),
    [Symbol.asyncDispose]: () => built.disposeAsync(),
  };
}

const clockJump = pathToFileURL(join(import.meta.dirname, 'clock-jump.mjs')).href;

function clockFile(folder: string, part: string): string {
  return join(folder, `clock-${part}`);
}

function clockOf(folder: string, part: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${clockJump}`, CHAOS_CLOCK_FILE: clockFile(folder, part) };
}
