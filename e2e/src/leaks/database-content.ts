import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { Client } from 'pg';

import { freshDatabase } from '../database.ts';
import type { Place } from '../replicas.ts';
import { sqlitePlace } from '../sqlite-place.ts';
import { textsIn, type Places } from './leak-search.ts';

/** A server's database, which can be read past the server. */
export interface ReadableDatabase {
  readonly place: Place;
  /** Every row of every table, by the table's name; of SQLite also the files as they are, under `files`. */
  read(): Promise<Places>;
}

/** The kinds of database that a server takes. */
export type DatabaseName = 'SQLite' | 'Postgres';

/** How each kind of database is made; the stack takes it away again. */
export const databases: Readonly<
  Record<DatabaseName, (stack: AsyncDisposableStack) => Promise<ReadableDatabase>>
> = {
  async SQLite(stack) {
    const { dataDir, file } = stack.use(sqlitePlace());
    return { place: { dataDir }, read: async () => ({ ...readFiles(dataDir), ...readSqlite(file) }) };
  },

  async Postgres(stack) {
    const { url } = stack.use(await freshDatabase());
    return { place: { databaseUrl: url }, read: async () => readPostgres(url) };
  },
};

/** The database, its write-ahead log and whatever else is there. */
function readFiles(folder: string): Places {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return { files: files.map((file) => readFileSync(file, 'utf8')).join('\n') };
}

function readSqlite(file: string): Places {
  using database = new DatabaseSync(file, { readOnly: true });
  const names = database.prepare(`select name from sqlite_schema where type = 'table'`).all();
  const places: Record<string, string> = {};
  for (const name of names.map((row) => String(row['name']))) {
    places[`table ${name}`] = textsIn(database.prepare(`select * from "${name}"`).all());
  }
  return places;
}

async function readPostgres(url: string): Promise<Places> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ schema: string; name: string }>(
      `select schemaname as schema, tablename as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const places: Record<string, string> = {};
    for (const { schema, name } of rows) {
      const { rows: all } = await client.query(`select * from "${schema}"."${name}"`);
      places[`table ${name}`] = textsIn(all);
    }
    return places;
  } finally {
    await client.end();
  }
}
