import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { startPostgresCluster } from '../../testing/postgres-cluster.ts';
import type { PostgresCluster } from '../../testing/postgres-cluster.ts';
import { testDatabase } from '../../testing/postgres.ts';
import { testLogger } from '../../testing/storage.ts';
import { sampleProject } from '../contract/samples.ts';
import { StorageUnavailable } from '../storage.ts';
import { migratePostgres } from './migrate.ts';
import { openPostgres } from './open.ts';
import type { PostgresDatabase } from './open.ts';
import { openPostgresStorage } from './storage.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('a database that is stopped under load is unavailable, and the same storage works when it is back', async () => {
  await using storage = await openPostgresStorage({ url: cluster.url, logger: testLogger });
  const before = sampleProject();
  await storage.projects.create(before);
  let hinted = 0;
  storage.hints.subscribe('queue', () => (hinted += 1));
  const busy = Promise.allSettled(Array.from({ length: 40 }, () => storage.projects.create(sampleProject())));

  await cluster.stop();
  const failures = (await busy).flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  await expect(storage.projects.list()).rejects.toBeInstanceOf(StorageUnavailable);
  await expect(storage.now()).rejects.toThrow(/cannot be reached/);
  storage.hints.notify('logs');
  await expect(openPostgresStorage({ url: cluster.url, logger: testLogger })).rejects.toBeInstanceOf(
    StorageUnavailable,
  );
  await cluster.start();

  expect(failures.every((failure) => failure instanceof StorageUnavailable)).toBe(true);
  expect(await storage.projects.find(before.id)).toEqual(before);
  await vi.waitFor(() => expect(hinted).toBe(1), 15_000);
});

test('a connection that is cut within a transaction fails it, leaves nothing, and is replaced', async () => {
  await using opened = await openDatabase({ poolSize: 1 });
  const { database, url } = opened;
  const project = sampleProject();

  const failing = database.kysely.transaction().execute(async (transaction) => {
    await insertProject(transaction, project.id);
    await cutConnections(url);
    await insertProject(transaction, sampleProject().id);
  });

  await expect(failing).rejects.toBeInstanceOf(StorageUnavailable);
  expect(await countProjects(database)).toBe(0);
});

test('a transaction that fails is rolled back, its error passes through, and the connection works on', async () => {
  await using opened = await openDatabase({ poolSize: 1 });
  const { database } = opened;
  const failure = new Error('the caller changed its mind');

  const failing = database.kysely.transaction().execute(async (transaction) => {
    await insertProject(transaction, sampleProject().id);
    throw failure;
  });

  await expect(failing).rejects.toBe(failure);
  expect(await countProjects(database)).toBe(0);
});

test('a statement that takes too long is ended, and so is the wait for a connection', async () => {
  await using opened = await openDatabase({ poolSize: 1, statementTimeoutMs: 1_000, connectTimeoutMs: 100 });
  const { database } = opened;

  const slow = sql`select pg_sleep(30)`.execute(database.kysely);
  const waiting = countProjects(database);

  await expect(waiting).rejects.toThrow(/cannot be reached: timeout/);
  await expect(slow).rejects.toThrow(/took too long/);
  await expect(slow).rejects.toBeInstanceOf(StorageUnavailable);
  expect(await countProjects(database)).toBe(0);
});

test('transactions that block each other, or a lock, are unavailable and may be tried again', async () => {
  await using opened = await openDatabase({ poolSize: 2 });
  const { kysely } = opened.database;
  const [a, b] = [sampleProject().id, sampleProject().id];
  await insertProject(kysely, a);
  await insertProject(kysely, b);
  const bothHold = Promise.withResolvers<void>();
  let holding = 0;
  const cross = (first: string, second: string): Promise<void> =>
    kysely.transaction().execute(async (transaction) => {
      await transaction.updateTable('projects').set({ agent: first }).where('id', '=', first).execute();
      holding += 1;
      if (holding === 2) bothHold.resolve();
      await bothHold.promise;
      await transaction.updateTable('projects').set({ agent: first }).where('id', '=', second).execute();
    });

  const results = await Promise.allSettled([cross(a, b), cross(b, a)]);

  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(failed).toEqual([expect.any(StorageUnavailable)]);
});

test('numbers beyond 32 bits are numbers here, and stay text for other users of the client', async () => {
  await using opened = await openDatabase({});
  const { rows } = await sql`select 1763800000000::int8 as n`.execute(opened.database.kysely);

  const client = new Client({ connectionString: opened.url });
  await client.connect();
  const other = await client.query<{ n: unknown }>('select 1763800000000::int8 as n');
  await client.end();

  expect(rows).toEqual([{ n: 1_763_800_000_000 }]);
  expect(other.rows).toEqual([{ n: '1763800000000' }]);
});

async function openDatabase(settings: {
  readonly poolSize?: number;
  readonly statementTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
}): Promise<{ database: PostgresDatabase; url: string } & AsyncDisposable> {
  const { url, [Symbol.asyncDispose]: drop } = await testDatabase();
  const options = { url, logger: testLogger, ...settings };
  await migratePostgres({ url, logger: testLogger });
  const database = openPostgres(options);
  return {
    database,
    url,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await drop();
    },
  };
}

async function insertProject(kysely: PostgresDatabase['kysely'], id: string): Promise<void> {
  const row = { id, name: id, repository: null, base_branch: null, agent: null, created_at: 1 };
  await kysely.insertInto('projects').values(row).execute();
}

async function countProjects({ kysely }: PostgresDatabase): Promise<number> {
  return (await kysely.selectFrom('projects').select('id').execute()).length;
}

async function cutConnections(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'verve'`,
  );
  await client.end();
}
