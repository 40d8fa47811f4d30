import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What a crash may leave beside a file ends so. */
export const unfinishedSuffix = '.tmp';

/**
 * Writes a file whole or not at all, in place of the one before; durable when it resolves. Of two calls at once for one
 * file, either may be the last.
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}${unfinishedSuffix}`;
  try {
    await writeNew(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** What is created, renamed or removed in a folder is durable when this resolves. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** Under a name that nobody knows and that nothing has: a run can lay links and pipes into its folder. */
async function writeNew(path: string, content: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(content);
  await file.sync();
}
