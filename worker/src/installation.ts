import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Logger } from 'pino';

import { lockFolder, type FolderLock, type LockTimes } from './folder-lock.ts';

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
  return { ...lock, instance: await readInstance(join(folder, 'instance')) };
}

async function readInstance(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known !== '') return known;
  const made = randomUUID();
  await writeFile(path, made);
  return made;
}
