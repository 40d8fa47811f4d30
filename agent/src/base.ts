import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

const commitId = z.string().regex(/^[0-9a-f]{40}$/);

const base = z.object({
  branch: z.string(),
  commit: commitId,
  /** Commits whose parents were not fetched, as the depth had it. */
  shallow: z.array(commitId).default([]),
});

/** What the work starts from. It stands where only checkout writes, so that publish can trust it. */
export type Base = z.infer<typeof base>;

/** Writes the base into checkout's own folder. */
export async function writeBase(folder: string, value: Base): Promise<void> {
  await writeFile(join(folder, 'base.json'), JSON.stringify(value));
}

/** Reads the base that checkout wrote; throws when there is none. */
export async function readBase(folder: string): Promise<Base> {
  return base.parse(JSON.parse(await readFile(join(folder, 'base.json'), 'utf8')));
}
