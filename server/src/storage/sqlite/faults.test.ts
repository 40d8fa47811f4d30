import { rename, rm, writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';

import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';

import { testSqliteStorage } from '../../testing/storage.ts';
import { sampleProject } from '../contract/samples.ts';
import { NameTaken, StorageUnavailable, StorageUnusable } from '../storage.ts';
import { openSqlite } from './open.ts';
import type { SqliteDatabase } from './open.ts';
import { openSqliteStorage } from './storage.ts';

test('a file that another process has locked is unavailable until it is let go', async () => {
  await using opened = await testSqliteStorage();
  const { projects } = opened.storage;
  const project = sampleProject();
  const other = new Sqlite(opened.url);
  other.exec('begin exclusive');

  await expect(projects.create(project)).rejects.toThrow(/another process holds the database file/);
  await expect(projects.create(project)).rejects.toBeInstanceOf(StorageUnavailable);
  other.exec('rollback');
  other.close();

  await projects.create(project);
  expect(await projects.list()).toEqual([project]);
});

test('who waits for a lock holds up nothing else of this process', async () => {
  await using opened = await testSqliteStorage();
  const { projects } = opened.storage;
  const project = sampleProject();
  const other = new Sqlite(opened.url);
  other.exec('begin exclusive');

  const creating = projects.create(project);
  const opening = openSqlite({ path: opened.url });
  for (let turns = 0; turns < 10; turns += 1) await turn();
  other.exec('rollback');
  other.close();

  await creating;
  await using again = await opening;
  expect(await countProjects(again)).toBe(1);
});

test('a full disk leaves nothing half-written, and the next write works when there is room', async () => {
  await using opened = await testSqliteStorage();
  await using database = await openSqlite({ path: opened.url });
  const pages = Number(database.raw.pragma('page_count', { simple: true }));
  database.raw.pragma(`max_page_count = ${pages + 2}`);

  const filling = database.kysely.transaction().execute(async (transaction) => {
    for (let n = 0; n < 1_000; n += 1) await insertProject(transaction, `prj_${n}`);
  });
  await expect(filling).rejects.toThrow(/disk is full/);
  await expect(filling).rejects.toBeInstanceOf(StorageUnavailable);
  expect(await countProjects(database)).toBe(0);
  database.raw.pragma(`max_page_count = ${pages + 10_000}`);

  await insertProject(database.kysely, 'prj_1');
  expect(await countProjects(database)).toBe(1);
});

test('a file that was moved away is unavailable, and works on when it is back', async () => {
  await using opened = await testSqliteStorage();
  const { projects } = opened.storage;
  const project = sampleProject();
  await projects.create(project);

  await rename(opened.url, `${opened.url}.away`);
  await expect(projects.list()).rejects.toThrow(/is gone/);
  await expect(projects.create(sampleProject())).rejects.toBeInstanceOf(StorageUnavailable);
  await rename(`${opened.url}.away`, opened.url);

  expect(await projects.list()).toEqual([project]);
});

test('a file that was deleted or replaced is never written to, and a restart takes what is there', async () => {
  await using opened = await testSqliteStorage();
  const { projects } = opened.storage;
  await projects.create(sampleProject());

  await rm(opened.url);
  await expect(projects.list()).rejects.toThrow(/is gone/);
  await writeFile(opened.url, '');
  await expect(projects.list()).rejects.toThrow(/another file is in the place/);
  await opened.storage[Symbol.asyncDispose]();
  await rm(`${opened.url}-wal`, { force: true });
  await rm(`${opened.url}-shm`, { force: true });

  await using again = await openSqliteStorage({ path: opened.url });
  expect(await again.projects.list()).toEqual([]);
});

test('a transaction that fails is rolled back, its error passes through, and the next one works', async () => {
  await using opened = await testSqliteStorage();
  await using database = await openSqlite({ path: opened.url });
  const failure = new Error('the caller changed its mind');

  const failing = database.kysely.transaction().execute(async (transaction) => {
    await insertProject(transaction, 'prj_1');
    throw failure;
  });

  await expect(failing).rejects.toBe(failure);
  await insertProject(database.kysely, 'prj_1');
  await expect(insertProject(database.kysely, 'prj_1')).rejects.toBeInstanceOf(NameTaken);
  expect(await countProjects(database)).toBe(1);
});

test('a file that is no database is refused as such', async () => {
  await using opened = await testSqliteStorage();
  const path = `${opened.url}.txt`;
  await writeFile(path, 'Dear diary, '.repeat(100));

  await expect(openSqlite({ path })).rejects.toThrow(/is not a database/);
});

test('a file is for one storage at a time', async () => {
  await using opened = await testSqliteStorage();

  await expect(openSqliteStorage({ path: opened.url })).rejects.toBeInstanceOf(StorageUnusable);
  await opened.storage[Symbol.asyncDispose]();

  await using again = await openSqliteStorage({ path: opened.url });
  expect(await again.projects.list()).toEqual([]);
});

test('changes are numbered above all that came before, over restarts and deletions', async () => {
  await using opened = await testSqliteStorage();
  const before = await opened.storage.changes.head();
  await opened.storage[Symbol.asyncDispose]();

  await using again = await openSqliteStorage({ path: opened.url });

  const page = await again.changes.read({ after: before, limit: 1 });
  expect(BigInt((await again.changes.head()).slice(0, -1))).toBeGreaterThan(BigInt(before.slice(0, -1)));
  expect(page.changes).toEqual([]);
});

async function insertProject(kysely: SqliteDatabase['kysely'], id: string): Promise<void> {
  const row = { id, name: id, repository: 'x'.repeat(500), base_branch: null, agent: null, created_at: 1 };
  await kysely.insertInto('projects').values(row).execute();
}

async function countProjects({ kysely }: SqliteDatabase): Promise<number> {
  return (await kysely.selectFrom('projects').select('id').execute()).length;
}
