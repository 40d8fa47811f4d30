import { Client } from 'pg';
import { expect, test } from 'vitest';

import { testDatabase } from '../../testing/postgres.ts';
import { testLogger } from '../../testing/storage.ts';
import { MigrationRefused } from '../migrations/migrations.ts';
import { migratePostgres } from './migrate.ts';

test('eight servers that start at once run each step once', async () => {
  await using database = await testDatabase();
  const options = { url: database.url, logger: testLogger };

  await Promise.all(Array.from({ length: 8 }, () => migratePostgres(options)));

  const [first] = await query(database.url, 'select number, name from migrations order by number');
  expect(first).toEqual({ number: 1, name: 'tables' });
});

test('a database of a newer version is refused', async () => {
  await using database = await testDatabase();
  const options = { url: database.url, logger: testLogger };
  await migratePostgres(options);
  await query(database.url, `insert into migrations values (9999, 'from-the-future', 'x')`);

  await expect(migratePostgres(options)).rejects.toThrow(/9999 "from-the-future".*newer version/);
});

test('a step that was changed after it ran is refused', async () => {
  await using database = await testDatabase();
  const options = { url: database.url, logger: testLogger };
  await migratePostgres(options);
  await query(database.url, `update migrations set checksum = 'of another file' where number = 1`);

  await expect(migratePostgres(options)).rejects.toBeInstanceOf(MigrationRefused);
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
