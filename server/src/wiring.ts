import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

import { buildApp } from './app.ts';
import { createSyncedClock, type Clock } from './clock.ts';
import type { Config, Secrets } from './config.ts';
import { ensureAdminKey, ensureProject } from './first-start.ts';
import { repeat } from './interval.ts';
import { createChangeStream } from './logs/change-stream.ts';
import { createLogTail } from './logs/log-tail.ts';
import { openMetricsServer } from './metrics-server.ts';
import { createMetrics } from './metrics.ts';
import { createDispatcher } from './queue/dispatcher.ts';
import { createHousekeeping } from './queue/housekeeping.ts';
import { createSweep, type SweepTimes } from './queue/sweep.ts';
import { defaultHttpSettings } from './routes/parts.ts';
import { createWaitingRules } from './routes/waiting-rules.ts';
import { openPostgresStorage } from './storage/postgres/storage.ts';
import { openSqliteStorage } from './storage/sqlite/storage.ts';
import { StorageUnavailable, type Storage } from './storage/storage.ts';
import { createTaskMover } from './tasks/task-mover.ts';
import { openWaitingRoom, toAddressUnusable } from './waiting-room.ts';

/** What a server is started with. */
export interface ServerParts {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
}

/** A server that listens. Disposing of it stops it: polls and streams end, running calls finish, the rest follows. */
export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  /** Made by this start because there was no admin key; to be shown this once. */
  readonly newAdminKey: string | undefined;
}

/**
 * Starts a server: storage, what works on it, what answers. Waits for a database that is away, as long as it takes.
 * Throws AddressUnusable, MigrationRefused, StorageUnusable, and the signal's reason when it aborts meanwhile.
 */
export async function startServer(parts: ServerParts, signal: AbortSignal): Promise<RunningServer> {
  const { config, logger } = parts;
  await using starting = new AsyncDisposableStack();

  const clock = createSyncedClock();
  const opened = await untilThere(parts, () => openStorage(parts, clock), signal);
  const { newAdminKey } = opened;
  const storage = starting.use(opened.storage);
  const metrics = createMetrics({ withProcess: true });
  const common = { storage, clock, logger, meters: metrics };
  const mover = createTaskMover(common);
  const times = sweepTimes(config);

  const dispatcher = starting.use(createDispatcher({ ...common, ...times, mover }));
  const logTail = starting.use(createLogTail(common));
  const changeStream = starting.use(createChangeStream(common));
  const waitingRules = starting.use(createWaitingRules(storage, clock));
  const sweep = createSweep({ ...common, mover, dispatcher, times });
  starting.use(repeat(() => sweep.run(), times.intervalMs));
  const housekeeping = createHousekeeping({ ...common, retention: config.retention });
  starting.use(repeat((stopping) => housekeeping.run(stopping), housekeepingMs));

  const app = await buildApp({
    ...common,
    metrics,
    mover,
    dispatcher,
    logTail,
    changeStream,
    waitingRules,
    leaseTimes: config.times,
    http: {
      ...defaultHttpSettings,
      trustProxy: config.trustProxy,
      publicUrl: config.publicUrl,
      hasMetrics: config.metricsPort === undefined,
    },
  });
  starting.defer(() => app.close());
  const port = await listen(app, config);
  if (config.metricsPort !== undefined) {
    const { host, metricsPort } = config;
    starting.use(await openMetricsServer({ host, port: metricsPort }, metrics));
  }

  const running = starting.move();
  return { port, newAdminKey, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** How often old logs and ended sessions are looked for. */
const housekeepingMs = 60_000;

/** How long to wait before the database is tried again. */
const retryMs = 2_000;

/** Does what a start needs of the database, again until it succeeds. */
async function untilThere<T>(
  { config, logger }: ServerParts,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let result = await unlessAway(work);
  if (!(result instanceof StorageUnavailable)) return result;
  logger.warn({ err: result }, 'database is away; waiting for it');
  await using _waitingRoom = await openWaitingRoom(config);
  while (result instanceof StorageUnavailable) {
    await sleep(retryMs, undefined, { signal });
    result = await unlessAway(work);
  }
  return result;
}

/** Gives the error of a database that is away instead of throwing it. */
async function unlessAway<T>(work: () => Promise<T>): Promise<T | StorageUnavailable> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageUnavailable) return error;
    throw error;
  }
}

/** Opens the storage and writes what every server finds there. */
async function openStorage(
  parts: ServerParts,
  clock: Clock,
): Promise<{ readonly storage: Storage; readonly newAdminKey: string | undefined }> {
  const storage = await connect(parts);
  try {
    await ensureProject(storage, clock);
    return { storage, newAdminKey: await ensureAdminKey(storage, clock, parts.secrets.adminKey) };
  } catch (error) {
    await storage[Symbol.asyncDispose]();
    throw error;
  }
}

function connect({ config, secrets, logger }: ServerParts): Promise<Storage> {
  const { databaseUrl: url } = secrets;
  if (url === undefined) return openSqliteStorage({ path: path.join(config.dataDir, 'verve.db') });
  return openPostgresStorage({ url, logger, poolSize: config.databasePoolSize });
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw toAddressUnusable(error, { host, port });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function sweepTimes({ times }: Config): SweepTimes {
  return {
    intervalMs: times.sweepSeconds * 1_000,
    leaseMs: times.leaseSeconds * 1_000,
    acknowledgeMs: times.acknowledgeSeconds * 1_000,
    workerAliveMs: times.workerAliveSeconds * 1_000,
  };
}
