import { statfs } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const noRoomCodes = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** What a remote says of its own disk is no matter of this one. */
const noRoomWords = /^(?!remote:).*(?:no space left on device|disk quota exceeded|ENOSPC|EDQUOT)/im;
/** With less than that nothing can be done. */
const leastBytes = 1024 * 1024;
const lookMs = 500;

/** Whether an error says that there is no room on the disk. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && noRoomCodes.has(error.code);
}

/**
 * Whether something failed for lack of room: by its own words, or since the disk of the folder has none right now, which
 * git does not always say.
 */
export async function failedForRoom(words: string, folder: string): Promise<boolean> {
  if (noRoomWords.test(words)) return true;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < leastBytes;
}

/** Takes a step again until the disk has room for it, or so many ms have passed; throws its last error. */
export async function withRoom<T>(patienceMs: number, step: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      await waitForRoom(error, endMs);
    }
  }
}

async function waitForRoom(error: unknown, endMs: number): Promise<void> {
  if (!isNoRoom(error) || performance.now() >= endMs) throw error;
  await wait(lookMs);
}
