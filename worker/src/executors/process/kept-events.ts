import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { isAbsence } from '../../file-error.ts';
import type { RunFolder } from './run-folder.ts';

const dayMs = 24 * 60 * 60 * 1_000;
const bytesOfMiB = 1024 * 1024;

/** Which events of runs that are gone are kept. */
export interface KeptEvents {
  /** One file for each run, `<task>-<attempt>.jsonl`. Nobody else may look into it. */
  readonly folder: string;
  /** 0: none. */
  readonly days: number;
  /** Of all of them; the oldest go first. */
  readonly mebibytes: number;
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
}

/**
 * Keeps what the agent of an ended run said, whole and unmasked: it stays on this machine, for its operator. Again for the
 * same run: nothing. Whatever else the run left in the file's place is not kept.
 */
export async function keepEvents(run: RunFolder, kept: KeptEvents): Promise<void> {
  if (kept.days === 0) return;
  const source = join(run.out('agent'), 'events.jsonl');
  const found = await lstat(source).catch(undefinedIfAbsent);
  if (!found?.isFile()) return;
  await mkdir(kept.folder, { recursive: true, mode: 0o700 });
  await rename(source, join(kept.folder, `${basename(run.path)}.jsonl`));
  await dropOld(kept);
}

async function dropOld({ folder, days, mebibytes, now }: KeptEvents): Promise<void> {
  const files = (await filesIn(folder)).toSorted((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const { path, mtimeMs, size } of files) {
    bytes += size;
    const isOld = now() - mtimeMs > days * dayMs;
    if (isOld || bytes > mebibytes * bytesOfMiB) await rm(path, { force: true });
  }
}

interface KeptFile {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
}

async function filesIn(folder: string): Promise<readonly KeptFile[]> {
  const names = await readdir(folder);
  const files = await Promise.all(
    names.map(async (name): Promise<readonly KeptFile[]> => {
      const path = join(folder, name);
      const found = await lstat(path).catch(undefinedIfAbsent);
      return found ? [{ path, mtimeMs: found.mtimeMs, size: found.size }] : [];
    }),
  );
  return files.flat();
}

function undefinedIfAbsent(error: unknown): undefined {
  if (!isAbsence(error)) throw error;
  return undefined;
}
