import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { ApiError, createClient, ServerUnreachable, type Client } from '@verve/contract';

import { freePort, startEntry, type Running } from './programs.ts';

/** The admin key of every server in these tests. */
export const adminKey = 'verve_admin_key_of_the_tests';

/** A server on a database that it shares with others. */
export interface Replica extends AsyncDisposable {
  readonly url: string;
  /** Gone without a word, as when its machine loses power. */
  kill(): Promise<void>;
  /** Starts it, again on the same port; resolves when it is ready. */
  start(): Promise<void>;
  /** Starts it and leaves it alone. */
  launch(): void;
  /** Resolves when a probe is answered well; throws when the server ends without. */
  untilOk(probe: 'healthz' | 'readyz'): Promise<void>;
  /** The value of a metric, `name` or `name{label="value"}`; 0 when it was never counted. */
  metric(series: string): Promise<number>;
}

/** Where a replica keeps its data: a database's URL, or a folder for SQLite. */
export type Place = { readonly databaseUrl: string } | { readonly dataDir: string };

/** Makes a replica and starts it. */
export async function startReplica(databaseUrl: string): Promise<Replica> {
  const replica = await makeReplica({ databaseUrl });
  await replica.start();
  return replica;
}

/** Makes a replica, with settings of its own; nothing runs yet. */
export async function makeReplica(place: Place, own: Record<string, string> = {}): Promise<Replica> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataDir = mkdtempSync(join(tmpdir(), 'verve-replica-'));
  let process: Running | undefined;

  function launch(): void {
    process = startEntry('server/src/main.ts', {
      VERVE_PORT: String(port),
      VERVE_HOST: '127.0.0.1',
      VERVE_DATA_DIR: 'dataDir' in place ? place.dataDir : dataDir,
      ...('databaseUrl' in place && { VERVE_DATABASE_URL: place.databaseUrl }),
      VERVE_ADMIN_KEY: adminKey,
      VERVE_LOG_LEVEL: 'warn',
      // A claim whose answer died with a server goes to another worker soon.
      VERVE_TIMES_ACKNOWLEDGE_SECONDS: '3',
      VERVE_TIMES_SWEEP_SECONDS: '1',
      ...own,
    });
  }

  async function untilOk(probe: string): Promise<void> {
    const started = process;
    if (!started) throw new Error('the server was not started');
    const isOk = async (): Promise<boolean> =>
      (await fetch(`${url}/${probe}`).catch(() => undefined))?.ok === true;
    while (!(await isOk())) {
      const hasEnded = await Promise.race([started.ended.then(() => true), pause(50, false)]);
      if (hasEnded) throw new Error(`the server ended: ${started.err()}`);
    }
  }

  return {
    url,
    launch,
    untilOk,
    metric: async (series) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      return Number(line?.slice(series.length) ?? 0);
    },
    start: async () => {
      launch();
      await untilOk('readyz');
    },
    kill: async () => void (await process?.end('SIGKILL')),
    async [Symbol.asyncDispose]() {
      await process?.[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Calls whichever server answers; the first choice goes round. */
export interface EitherServer {
  /** Repeats a call that may be repeated until a server takes it; what a server refuses is thrown. */
  ask<T>(call: (client: Client) => Promise<T>): Promise<T>;
  /** How often a call had to be made again. */
  readonly repeats: number;
}

/** Makes a caller of all servers with one key. */
export function eitherServer(
  urls: readonly string[],
  { key, fetch: send = fetch }: { readonly key: string; readonly fetch?: typeof fetch },
  signal: AbortSignal,
): EitherServer {
  const clients = urls.map((baseUrl) => createClient({ baseUrl, key, fetch: send }));
  let turn = 0;
  const caller = {
    repeats: 0,
    async ask<T>(call: (client: Client) => Promise<T>): Promise<T> {
      for (;;) {
        turn += 1;
        const client = clients[turn % clients.length];
        if (!client) throw new Error('there is no server');
        try {
          return await call(client);
        } catch (error) {
          await bear(error);
        }
      }
    },
  };

  /** Waits before the next try; throws what another cannot mend. */
  async function bear(error: unknown): Promise<void> {
    signal.throwIfAborted();
    const canRepeat = error instanceof ServerUnreachable || (error instanceof ApiError && error.isTransient);
    if (!canRepeat) throw error;
    caller.repeats += 1;
    await pause(50, undefined, { signal });
  }

  return caller;
}

/** Makes a worker's key for the project that a fresh server has. */
export async function makeWorkerKey(admin: EitherServer): Promise<string> {
  const { projects } = await admin.ask((client) => client.ask('listProjects'));
  const body = { role: 'worker', name: 'workers', projectId: projects[0]?.id } as const;
  return (await admin.ask((client) => client.ask('createKey', { body }))).key;
}
