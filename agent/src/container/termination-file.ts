import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { withRoom } from '../disk-room.ts';

// The file may be a mount, which nothing can be renamed to, or lie where the agent could put a link or a pipe.
const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Writes a container's end in place of what the file had. A full disk is waited for up to so many ms; then, and when there is
 * something else in the file's place, it throws. It leaves the file whole or empty.
 */
export async function writeTermination(path: string, text: string, patienceMs: number): Promise<void> {
  await withRoom(patienceMs, async () => {
    await using file = await open(path, flags, 0o644);
    if (!(await file.stat()).isFile()) throw new Error(`${path} is no plain file`);
    await file.truncate();
    try {
      await file.writeFile(text);
    } catch (error) {
      await file.truncate();
      throw error;
    }
  });
}
