import { randomBytes } from 'node:crypto';

import { Client } from 'pg';
import { inject } from 'vitest';

/** An empty database of the test run's Postgres, dropped when disposed of. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** Makes a fresh database; starts the test run's Postgres if this is the first. */
export async function testDatabase(): Promise<TestDatabase> {
  const url = await serverUrl();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runAlone(url, `create database ${name}`);
  return {
    url: Object.assign(new URL(url), { pathname: name }).href,
    [Symbol.asyncDispose]: () => runAlone(url, `drop database if exists ${name} with (force)`),
  };
}

async function serverUrl(): Promise<string> {
  const answer = await fetch(inject('postgresDoor'));
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the test run's Postgres did not start: ${text}`);
  return text;
}

async function runAlone(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
