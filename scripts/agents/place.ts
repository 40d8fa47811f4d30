import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder that pins the programs: `package.json` and its lock file. */
export const pinsFolder = join(import.meta.dirname, '..', '..', 'agent', 'programs');

/** Where one set of programs is installed. */
export interface Place {
  readonly folder: string;
  /** Where the programs' executables are, once it is complete. */
  readonly bin: string;
  /** Tells the pinned programs from those of another lock file. */
  readonly pins: string;
}

/** Where the pinned programs belong: outside of the checkout, so that checkouts share them. */
export function findPlace(environment: NodeJS.ProcessEnv): Place {
  const lockFile = readFileSync(join(pinsFolder, 'package-lock.json'));
  const pins = createHash('sha256').update(lockFile).digest('hex').slice(0, 16);
  const folder = resolve(
    environment['VERVE_AGENTS_DIR'] || join(cacheFolder(environment), 'verve', 'agents', pins),
  );
  return { folder, bin: join(folder, 'node_modules', '.bin'), pins };
}

/** Whether the pinned programs are there, all of them. */
export function isComplete(place: Place): boolean {
  try {
    return readFileSync(markerOf(place.folder), 'utf8').trim() === place.pins;
  } catch {
    return false;
  }
}

/** The file that is written last, and says which pins the folder holds. */
export function markerOf(folder: string): string {
  return join(folder, 'complete');
}

function cacheFolder(environment: NodeJS.ProcessEnv): string {
  return environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
}
