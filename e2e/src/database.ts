import { randomBytes } from 'node:crypto';

import { Client } from 'pg';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Serves the test run's Postgres, and others that may be stopped; see `server/src/testing/global-setup.ts`. */
    postgresDoor: string;
  }
}

/** An empty database of the test run's Postgres. */
export interface Database extends AsyncDisposable {
  readonly url: string;
}

/** Makes a fresh database, which is dropped when disposed of. */
export async function freshDatabase(): Promise<Database> {
  const server = await askDoor('/', 'GET');
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  await run(server, `create database ${name}`);
  return {
    url: Object.assign(new URL(server), { pathname: name }).href,
    [Symbol.asyncDispose]: () => run(server, `drop database if exists ${name} with (force)`),
  };
}

/** A Postgres that nobody else uses. */
export interface OwnPostgres extends Database {
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Makes and starts one; it is stopped when disposed of, and removed at the end of the test run. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const name = randomBytes(6).toString('hex');
  const stop = async (): Promise<void> => void (await askDoor(`/${name}/stop`, 'POST'));
  const start = (): Promise<string> => askDoor(`/${name}/start`, 'POST');
  const url = await start();
  return { url, stop, start: async () => void (await start()), [Symbol.asyncDispose]: stop };
}

/** The door's answer is the URL of a Postgres. */
async function askDoor(path: string, method: 'GET' | 'POST'): Promise<string> {
  const answer = await fetch(new URL(path, inject('postgresDoor')), { method });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Postgres did not start or stop: ${text}`);
  return text;
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
