import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** One numbered step of the schema. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, so that a step that was edited after it ran is noticed. */
  readonly checksum: string;
}

/** A step that a database has been through. */
export type AppliedMigration = Pick<Migration, 'number' | 'name' | 'checksum'>;

/** The database's schema is not one that this program can bring up to date; a person has to decide. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/** Reads `NNNN-name.sql` beside this module, in order. They have to be copied along with the compiled program. */
export async function readMigrations(dialect: 'postgres' | 'sqlite'): Promise<Migration[]> {
  const folder = new URL(`./${dialect}/`, import.meta.url);
  const files = (await readdir(fileURLToPath(folder))).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => toMigration(file, await readFile(new URL(file, folder), 'utf8'))),
  );
}

/** The first step that the database lacks; undefined: up to date. Throws MigrationRefused. */
export function nextMigration(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration | undefined {
  for (const [index, step] of applied.entries()) {
    const own = known[index];
    if (own === undefined) {
      throw new MigrationRefused(
        `The database has migration ${step.number} "${step.name}", which this version of Verve does not know: ` +
          'it was used by a newer version. Run that version, or restore a backup from before the update.',
      );
    }
    if (own.number !== step.number || own.checksum !== step.checksum) {
      throw new MigrationRefused(
        `Migration ${step.number} "${step.name}" of the database is not the one of this program ` +
          `(${own.number} "${own.name}"): the file was changed after it ran, or the database is of another program.`,
      );
    }
  }
  return known[applied.length];
}

function toMigration(file: string, sql: string): Migration {
  const [, number, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? [];
  if (number === undefined || name === undefined) {
    throw new Error(`migration file "${file}" is not named NNNN-name.sql`);
  }
  return { number: Number(number), name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

/** Makes the table of applied steps; the same in both databases. */
export const migrationsTable = `create table if not exists migrations (
  number     integer primary key,
  name       text not null,
  checksum   text not null
)`;
