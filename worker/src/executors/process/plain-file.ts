import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';

import { codeOf, isAbsence } from '../../file-error.ts';

// A run has the worker's own user here: it can put a link, a pipe, a folder or a gibibyte in the place of any file.

const plainFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const maxJsonBytes = 1024 * 1024;

/** The worker's or the machine's own trouble, which no file of a run brings about: it passes, or a person ends it. */
const ownTrouble = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EIO']);

/** There is something of that name, whatever it is. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** Opens a plain file to read; undefined when there is none, whatever else there is. */
export async function openPlain(path: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, plainFlags);
  } catch (error) {
    if (ownTrouble.has(codeOf(error) ?? '')) throw error;
    return undefined;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

/** Reads a small JSON file, whose value may be anything; undefined when there is none that can be read. */
export async function readJson(path: string): Promise<unknown> {
  await using file = await openPlain(path);
  if (!file) return undefined;
  // One byte more than is taken: a file that grows while it is read is as large as it has become.
  const bytes = Buffer.alloc(Math.min((await file.stat()).size, maxJsonBytes) + 1);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  return bytesRead > maxJsonBytes ? undefined : parse(bytes.toString('utf8', 0, bytesRead));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
