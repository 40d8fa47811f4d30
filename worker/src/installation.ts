import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Logger } from 'pino';

import { isAbsence } from './file-error.ts';
import { lockFolder, type FolderLock, type LockTimes } from './folder-lock.ts';
import { writeWhole } from './whole-file.ts';

const lockTimes: LockTimes = { beatMs: 5_000, silentMs: 30_000 };

/** The one active process of an installation; disposing of it lets the next one in. */
export interface Installation extends FolderLock {
  /** Stays the same over restarts, so that a new process takes over from the one before at once. */
  readonly instance: string;
}

/** Waits until no other process works on this folder, then holds it. */
export async function holdInstallation(
  folder: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<Installation> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFolder({ folder, times: lockTimes, logger }, signal);
  try {
    return { ...lock, instance: await readInstance(join(folder, 'instance')) };
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/** Throws when there is one that cannot be read: another one in its place would be another installation to the server. */
async function readInstance(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsence(error)) return '';
    throw error;
  });
  if (known !== '') return known;
  const made = randomUUID();
  await writeWhole(path, made);
  return made;
}
