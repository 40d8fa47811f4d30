import { constants } from 'node:fs';
import { link, open, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import type { Logger } from 'pino';
import { z } from 'zod';

import { codeOf, isAbsence } from './file-error.ts';
import { pause } from './pause.ts';
import { describeProcess, isAlive, machineOf } from './process-identity.ts';
import { processRecord } from './process-record.ts';

const lookMs = 500;
/** Before another try to take what was let go just now. */
const againMs = 20;
/** A link in the place of a lock would never be let go, nor a pipe ever read. */
const lockFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const lockFile = processRecord.extend({
  /** Where the number of the process means something; undefined where that cannot be known. */
  machine: z.string().optional(),
  /** For people. */
  host: z.string(),
});

/** Times of the lock, ms. A holder on another machine shows life by beats alone. */
export interface LockTimes {
  readonly beatMs: number;
  /** A holder that cannot be looked at holds nothing any more when it was silent for this long. */
  readonly silentMs: number;
}

/** What a lock is taken with. */
export interface LockOptions {
  readonly folder: string;
  readonly times: LockTimes;
  readonly logger: Logger;
}

/** A folder that this process alone works on; disposing of it lets the next one in. */
export interface FolderLock extends AsyncDisposable {
  /**
   * Aborted when the lock is another process's, since this one was silent for too long, or is gone: whoever comes next
   * takes the folder, and this one must end at once.
   */
  readonly lost: AbortSignal;
}

/**
 * Waits until no other process works on the folder, then holds it. A process of this machine that died holds nothing. One
 * of another machine or container, which may share the folder, holds it until it has been silent for a while.
 */
export async function lockFolder(options: LockOptions, signal: AbortSignal): Promise<FolderLock> {
  const { folder, times, logger } = options;
  const lock = join(folder, 'worker.lock');
  const own = join(folder, `worker.lock.${process.pid}.${machineOf() ?? ''}`.replaceAll(/[^\w./-]/g, '-'));
  const text = JSON.stringify({
    ...describeProcess(process.pid),
    machine: machineOf(),
    host: hostname(),
  });
  await writeFile(own, text);
  try {
    await untilLocked({ own, lock, silentMs: times.silentMs, logger }, signal);
  } finally {
    await rm(own, { force: true });
  }

  const lost = new AbortController();
  const end = new AbortController();
  const beating = keepBeating({ lock, text, beatMs: times.beatMs, lost, logger }, end.signal);
  return {
    lost: lost.signal,
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await beating;
      if (lost.signal.aborted) return;
      // It may have been taken over since the last beat: a process that stood still learns of its end first.
      if ((await readLock(lock))?.text === text) await rm(lock, { force: true });
    },
  };
}

/** Who has the folder. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** It can be looked at from here, and is alive; otherwise it may be dead. */
  readonly isHere: boolean;
}

/** Who holds a folder right now; undefined when nobody does. Changes nothing. */
export async function lockHolder(folder: string): Promise<LockHolder | undefined> {
  const found = await readLock(join(folder, 'worker.lock'));
  const holder = found && parse(found.text);
  if (!holder || !isHeld(found.text, false)) return undefined;
  return { pid: holder.pid, host: holder.host, isHere: holder.machine === machineOf() };
}

interface Locking {
  readonly own: string;
  readonly lock: string;
  readonly silentMs: number;
  readonly logger: Logger;
}

async function untilLocked({ own, lock, silentMs, logger }: Locking, signal: AbortSignal): Promise<void> {
  let isTold = false;
  let seen = '';
  let silentLooks = 0;
  for (;;) {
    signal.throwIfAborted();
    if (await tryLink(own, lock)) return;
    const found = await readLock(lock);
    if (!found) {
      await wait(againMs, undefined, { signal });
      continue;
    }
    const life = `${found.text} ${found.beatAtMs}`;
    // Counted in looks: this process may have stood still itself.
    silentLooks = life === seen ? silentLooks + 1 : 0;
    seen = life;
    const isSilent = silentLooks * lookMs >= silentMs;
    if (!isHeld(found.text, isSilent)) {
      await clearAway(own, lock, found.text);
      continue;
    }
    if (!isTold)
      logger.warn(
        { lock, holder: found.text },
        'another worker is active on this data folder; waiting for its end',
      );
    isTold = true;
    await wait(lookMs, undefined, { signal });
  }
}

async function tryLink(own: string, lock: string): Promise<boolean> {
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when it was let go meanwhile. Opened anew each time, since a network file system looks again only then. */
async function readLock(lock: string): Promise<{ text: string; beatAtMs: number } | undefined> {
  try {
    await using file = await open(lock, lockFlags);
    const [text, { mtimeMs }] = await Promise.all([file.readFile('utf8'), file.stat()]);
    return { text, beatAtMs: mtimeMs };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** What cannot be read was cut off by a crash and holds nothing. */
function isHeld(text: string, isSilent: boolean): boolean {
  const holder = parse(text);
  if (!holder) return false;
  return holder.machine === machineOf() ? isAlive(holder) : !isSilent;
}

function parse(text: string): z.infer<typeof lockFile> | undefined {
  try {
    return lockFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Moved away under a name of its own: of two that find it stale, one moves it and the other starts over. */
async function clearAway(own: string, lock: string, text: string): Promise<void> {
  const stale = `${own}.stale`;
  try {
    await rename(lock, stale);
  } catch (error) {
    if (isAbsence(error)) return;
    throw error;
  }
  // Somebody else's by now: it goes back, unless a third one was faster, and its holder learns of that.
  if ((await readFile(stale, 'utf8')) !== text) await tryLink(stale, lock);
  await rm(stale, { force: true });
}

const takenOver = 'another worker has taken the data folder over';
const gone = 'the lock file of the data folder is gone: somebody has removed it';

interface Beating {
  readonly lock: string;
  readonly text: string;
  readonly beatMs: number;
  readonly lost: AbortController;
  readonly logger: Logger;
}

async function keepBeating(beating: Beating, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !beating.lost.signal.aborted) {
    await pause(beating.beatMs, signal);
    if (!signal.aborted) await beat(beating);
  }
}

async function beat({ lock, text, lost, logger }: Beating): Promise<void> {
  try {
    const found = await readLock(lock);
    if (found?.text !== text) lost.abort(new Error(found ? takenOver : gone));
    else await utimes(lock, new Date(), new Date());
  } catch (error) {
    logger.warn({ err: error, lock }, 'the lock cannot be kept alive; trying again');
  }
}
