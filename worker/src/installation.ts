import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { Logger } from 'pino';

import { describeProcess, isAlive, processIdentity } from './process-identity.ts';

const lookMs = 500;

/** The one active process of an installation; disposing of it lets the next one in. */
export interface Installation extends AsyncDisposable {
  /** Stays the same over restarts, so that a new process takes over from the one before at once. */
  readonly instance: string;
}

/** Waits until no other process works on this folder, then holds it. A process that died holds nothing. */
export async function holdInstallation(
  folder: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<Installation> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, 'worker.lock');
  const own = join(folder, `worker.lock.${process.pid}`);
  await writeFile(own, JSON.stringify(describeProcess(process.pid)));
  try {
    await untilLocked(own, lock, logger, signal);
  } finally {
    await rm(own, { force: true });
  }
  return {
    instance: await readInstance(join(folder, 'instance')),
    [Symbol.asyncDispose]: async () => rm(lock, { force: true }),
  };
}

async function untilLocked(own: string, lock: string, logger: Logger, signal: AbortSignal): Promise<void> {
  let isTold = false;
  for (;;) {
    const found = await tryLock(own, lock);
    if (found === 'locked') return;
    if (found === 'stale') continue;
    if (!isTold) logger.warn({ lock }, 'another worker is active on this data folder; waiting for its end');
    isTold = true;
    await wait(lookMs, undefined, { signal });
  }
}

/** `stale`: what was there is cleared away, so that the next try may have it. */
async function tryLock(own: string, lock: string): Promise<'locked' | 'held' | 'stale'> {
  try {
    await link(own, lock);
    return 'locked';
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  }
  const text = await readFile(lock, 'utf8').catch(() => undefined);
  if (text === undefined) return 'stale';
  if (isHeld(text)) return 'held';
  // Moved away under a name of its own: of two that find it stale, one moves it and the other starts over.
  const stale = `${own}.stale`;
  await rename(lock, stale).catch(() => undefined);
  const moved = await readFile(stale, 'utf8').catch(() => undefined);
  if (moved !== undefined && moved !== text) await link(stale, lock).catch(() => undefined);
  await rm(stale, { force: true });
  return 'stale';
}

function isHeld(text: string): boolean {
  try {
    return isAlive(processIdentity.parse(JSON.parse(text)));
  } catch {
    return false;
  }
}

async function readInstance(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known !== '') return known;
  const made = randomUUID();
  await writeFile(path, made);
  return made;
}
