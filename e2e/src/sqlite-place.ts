import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for a server's SQLite file, which goes away with it. */
export interface SqlitePlace extends Disposable {
  readonly dataDir: string;
  readonly file: string;
}

/** Makes an empty one. */
export function sqlitePlace(): SqlitePlace {
  const dataDir = mkdtempSync(join(tmpdir(), 'verve-sqlite-'));
  return {
    dataDir,
    file: join(dataDir, 'verve.db'),
    [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}
