import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadConfig, type WorkerSettings } from '../config.ts';

type Forge = WorkerSettings['forges'][number];

/** An entry of `forges` as its schema gives it. */
export function forgeEntry(given: Pick<Forge, 'prefix'> & Partial<Forge>): Forge {
  return { pullRequest: { draft: false, labels: [], reviewers: [], assignees: [] }, ...given };
}

/** Settings with these, and all others as usual. */
export function settingsWith(given: Partial<WorkerSettings>): WorkerSettings {
  return { ...loadConfig({ VERVE_KEY: 'k' }).settings, ...given };
}

/** Writes a secret into a file of its own and gives the path. */
export function secretFile(folder: string, name: string, secret: string): string {
  const path = join(folder, name);
  writeFileSync(path, secret, { mode: 0o600 });
  return path;
}
