import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import pino from 'pino';

import { openPostgresStorage } from '../storage/postgres/storage.ts';
import { openSqliteStorage } from '../storage/sqlite/storage.ts';
import type { Storage } from '../storage/storage.ts';
import { testDatabase } from './postgres.ts';

/** Says nothing below an error. */
export const testLogger = pino({ level: process.env['VERVE_TEST_LOG'] ?? 'silent' });

/** A storage on an empty database that goes away with it. */
export interface TestStorage extends AsyncDisposable {
  readonly storage: Storage;
  /** The database's URL or the file's path: what a second server would be given. */
  readonly url: string;
}

/** Opens a storage on a fresh Postgres database. */
export async function testPostgresStorage(): Promise<TestStorage> {
  const database = await testDatabase();
  const storage = await openPostgresStorage({ url: database.url, logger: testLogger });
  return {
    storage,
    url: database.url,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Opens a storage on a fresh SQLite file. */
export async function testSqliteStorage(): Promise<TestStorage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'verve-sqlite-'));
  const file = path.join(folder, 'verve.db');
  const storage = await openSqliteStorage({ path: file });
  return {
    storage,
    url: file,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
