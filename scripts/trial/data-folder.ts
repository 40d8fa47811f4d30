import { mkdirSync } from 'node:fs';

import { CannotStart } from './settings.ts';

/** Makes the folder of the trial's data, for this user alone, unless it is there. Throws CannotStart. */
export function makeDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const isFile = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = isFile
      ? 'is a file'
      : `cannot be made: ${error instanceof Error ? error.message : String(error)}`;
    throw new CannotStart(`${path} ${why}. Choose another folder for the data with VERVE_DATA_DIR.`, {
      cause: error,
    });
  }
}
