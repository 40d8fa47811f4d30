import { join, resolve } from 'node:path';

import { defaultPort } from '@verve/contract';

/** The root of the repository, where the programs lie. */
export const repositoryRoot = join(import.meta.dirname, '..', '..');

/** What the trial is told, and where it keeps things. */
export interface TrialSettings {
  readonly port: number;
  /** This machine alone, unless told otherwise: the trial's worker isolates nothing. */
  readonly host: string;
  readonly url: string;
  readonly dataDir: string;
  /** Undefined: the one that was kept, or a random one. */
  readonly adminKey: string | undefined;
  /** What every program gets: the environment without what is for the trial or the CLI alone. */
  readonly environment: Readonly<Record<string, string>>;
}

const own = new Set([
  'VERVE_PORT',
  'VERVE_HOST',
  'VERVE_DATA_DIR',
  'VERVE_ADMIN_KEY',
  'VERVE_CONFIG',
  'VERVE_URL',
  'VERVE_KEY',
]);

/** The trial cannot start; the message says why in words for the person who started it. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** Reads `VERVE_PORT`, `VERVE_HOST`, `VERVE_DATA_DIR` and `VERVE_ADMIN_KEY`. Throws CannotStart. */
export function readTrialSettings(env: Readonly<Record<string, string | undefined>>): TrialSettings {
  const port = Number(env['VERVE_PORT'] || defaultPort);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new CannotStart(`VERVE_PORT must be a port, 1 to 65535; it is "${env['VERVE_PORT']}".`);
  return {
    port,
    host: env['VERVE_HOST'] || '127.0.0.1',
    url: `http://localhost:${port}`,
    dataDir: resolve(env['VERVE_DATA_DIR'] || join(repositoryRoot, '.verve')),
    adminKey: env['VERVE_ADMIN_KEY'] || undefined,
    environment: Object.fromEntries(
      Object.entries(env).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && !own.has(entry[0]),
      ),
    ),
  };
}
