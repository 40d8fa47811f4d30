import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { codeOf, isAbsence, undefinedIfAbsent } from './absence.ts';
import { PhaseFailed } from './outcome.ts';

const pieceBytes = 1024 * 1024;
const plainFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The agent phase's folder, which may have been taken over, as publish reads it: each file once, as data. */
export interface UntrustedFolder extends AsyncDisposable {
  /**
   * Copies a file to where nobody else writes, through one descriptor; false when there is none. A link, a FIFO, a
   * second name, a file that is too large or grows is refused: PhaseFailed (`PublishFailed`).
   */
  copy(name: string, target: string, maxBytes: number): Promise<boolean>;
  /** Reads a small file into memory; undefined when there is none. Refused as by `copy`. */
  read(name: string, maxBytes: number): Promise<string | undefined>;
}

/** Opens the folder; throws PhaseFailed (`PublishFailed`) when it is a link or no folder. */
export async function openUntrusted(path: string): Promise<UntrustedFolder> {
  const folder = await open(path, plainFlags | constants.O_DIRECTORY).catch((error: unknown) => {
    throw refused(`its folder cannot be opened (${wordsOf(error)})`);
  });
  // Linux opens below the folder that was opened, whatever has its name by now.
  const own = join('/proc/self/fd', String(folder.fd));
  const at = (await lstat(own).catch(undefinedIfAbsent)) === undefined ? path : own;
  return {
    async copy(name, target, maxBytes) {
      await using source = await openPlain(join(at, name), name, maxBytes);
      if (!source) return false;
      await using copy = await open(target, 'wx', 0o600);
      await copyBounded({ source, copy, name, maxBytes });
      return true;
    },
    async read(name, maxBytes) {
      await using source = await openPlain(join(at, name), name, maxBytes);
      return source && (await readBounded(source, name, maxBytes));
    },
    [Symbol.asyncDispose]: async () => folder.close(),
  };
}

/** The agent's work cannot be taken, and why. */
export function refused(why: string): PhaseFailed {
  return new PhaseFailed('PublishFailed', `the agent's work cannot be published: ${why}`);
}

function wordsOf(error: unknown): string {
  return codeOf(error) ?? String(error);
}

async function openPlain(path: string, name: string, maxBytes: number): Promise<FileHandle | undefined> {
  const file = await open(path, plainFlags).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw refused(`its ${name} cannot be opened (${wordsOf(error)})`);
  });
  if (!file) return undefined;
  const stat = await file.stat();
  if (stat.isFile() && stat.nlink === 1 && stat.size <= maxBytes) return file;
  await file.close();
  throw refused(`its ${name} is not a plain file of at most ${maxBytes} bytes`);
}

interface Copying {
  readonly source: FileHandle;
  readonly copy: FileHandle;
  readonly name: string;
  readonly maxBytes: number;
}

async function copyBounded({ source, copy, name, maxBytes }: Copying): Promise<void> {
  const piece = Buffer.alloc(pieceBytes);
  let total = 0;
  for (;;) {
    const { bytesRead } = await source.read(piece, 0, piece.length, total);
    if (bytesRead === 0) return;
    total += bytesRead;
    if (total > maxBytes) throw refused(`its ${name} grows while it is read`);
    await copy.writeFile(piece.subarray(0, bytesRead));
  }
}

async function readBounded(source: FileHandle, name: string, maxBytes: number): Promise<string> {
  // One byte more than is taken: a file that grows while it is read is as large as it has become.
  const bytes = Buffer.alloc(Math.min((await source.stat()).size, maxBytes) + 1);
  const { bytesRead } = await source.read(bytes, 0, bytes.length, 0);
  if (bytesRead > maxBytes) throw refused(`its ${name} grows while it is read`);
  return bytes.toString('utf8', 0, bytesRead);
}
