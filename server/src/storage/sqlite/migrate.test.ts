import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';

import { MigrationRefused } from '../migrations/migrations.ts';
import { migrateSqlite } from './migrate.ts';

test('a file that is up to date is left alone', async () => {
  const database = new Sqlite(':memory:');
  await migrateSqlite(database);
  const before = database.prepare('select count(*) from migrations').pluck().get();

  await migrateSqlite(database);

  expect(database.prepare('select count(*) from migrations').pluck().get()).toBe(before);
  expect(database.prepare('select count(*) from projects').pluck().get()).toBe(0);
});

test('a file of a newer version is refused', async () => {
  const database = new Sqlite(':memory:');
  await migrateSqlite(database);
  database.exec(`insert into migrations values (9999, 'from-the-future', 'x')`);

  await expect(migrateSqlite(database)).rejects.toThrow(/9999 "from-the-future".*newer version/);
});

test('a step that was changed after it ran is refused', async () => {
  const database = new Sqlite(':memory:');
  await migrateSqlite(database);
  database.exec(`update migrations set checksum = 'of another file' where number = 1`);

  await expect(migrateSqlite(database)).rejects.toBeInstanceOf(MigrationRefused);
});

test('processes that open a new file at once bring it up to date once', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'verve-migrate-'));
  const file = path.join(folder, 'verve.db');
  const open = `
    import { openSqlite } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)};
    await using database = await openSqlite({ path: ${JSON.stringify(file)} });`;
  const run = (): Promise<unknown> =>
    promisify(execFile)(process.execPath, ['--conditions=source', '--input-type=module', '--eval', open]);

  await Promise.all([run(), run(), run()]);

  const numbers = new Sqlite(file).prepare('select number from migrations').pluck().all();
  expect(numbers).toEqual([1, 2]);
  await rm(folder, { recursive: true });
});
