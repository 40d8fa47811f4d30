import { randomBytes } from 'node:crypto';

import { Client } from 'pg';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers a GET with the URL of the test run's Postgres. */
    postgresDoor: string;
  }
}

/** An empty database of the test run's Postgres. */
export interface Database extends AsyncDisposable {
  readonly url: string;
}

/** Makes a fresh database, which is dropped when disposed of. */
export async function freshDatabase(): Promise<Database> {
  const answer = await fetch(inject('postgresDoor'));
  const server = await answer.text();
  if (!answer.ok) throw new Error(`the test run's Postgres did not start: ${server}`);
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  await run(server, `create database ${name}`);
  return {
    url: Object.assign(new URL(server), { pathname: name }).href,
    [Symbol.asyncDispose]: () => run(server, `drop database if exists ${name} with (force)`),
  };
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
