import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { Logger } from 'pino';

import { isAbsence } from '../../file-error.ts';
import type { RunFolder } from './run-folder.ts';

const hourMs = 60 * 60 * 1_000;
const dayMs = 24 * hourMs;
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
  if (kept.days > 0) await take(run, kept);
  await dropOldEvents(kept);
}

async function take(run: RunFolder, kept: KeptEvents): Promise<void> {
  const source = join(run.out('agent'), 'events.jsonl');
  const found = await lstat(source).catch(undefinedIfAbsent);
  if (!found?.isFile()) return;
  await mkdir(kept.folder, { recursive: true, mode: 0o700 });
  await rename(source, join(kept.folder, `${basename(run.path)}.jsonl`));
}

/** Removes what is too old at once and then each hour, whether or not there are runs, until it is disposed of. */
export function sweepEvents(kept: KeptEvents, logger: Logger): Disposable {
  const sweep = (): void =>
    void dropOldEvents(kept).catch((error: unknown) => {
      logger.error({ err: error }, 'events of earlier runs cannot be removed');
    });
  sweep();
  const timer = setInterval(sweep, hourMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Removes what is too old, and of the rest the oldest beyond the size. */
export async function dropOldEvents({ folder, days, mebibytes, now }: KeptEvents): Promise<void> {
  const files = (await filesIn(folder)).toSorted((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const { path, mtimeMs, size } of files) {
    bytes += size;
    const isOld = now() - mtimeMs >= days * dayMs;
    if (isOld || bytes > mebibytes * bytesOfMiB) await rm(path, { force: true });
  }
}

interface KeptFile {
  readonly path: string;
  readonly mtimeMs: number;
  readonly size: number;
}

async function filesIn(folder: string): Promise<readonly KeptFile[]> {
  const names = (await readdir(folder).catch(undefinedIfAbsent)) ?? [];
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
