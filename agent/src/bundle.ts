import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { PhaseFailed } from './outcome.ts';
import { bundleName } from './work.ts';

const maxBundleBytes = 2 * 1024 * 1024 * 1024;
const maxHeaderBytes = 1024 * 1024;
const pieceBytes = 1024 * 1024;

/** A bundle that was copied to where nobody else writes, taken apart. */
export interface Bundle {
  /** The commit it brings, as it says. */
  readonly tip: string;
  /** The copy, and where the pack begins in it. */
  readonly path: string;
  readonly packStart: number;
}

/**
 * Copies the agent's bundle into `target`, reading it once through one descriptor, and reads the copy's header. The
 * agent phase may have been taken over: a link, a FIFO, a second name or a bundle that grows is refused.
 * Throws PhaseFailed (`PublishFailed`).
 */
export async function takeBundle(agentOut: string, target: string): Promise<Bundle> {
  const folder = await lstat(agentOut);
  if (!folder.isDirectory()) throw refused('its folder is not a folder');
  const copyPath = join(target, bundleName);
  await using source = await openPlain(join(agentOut, bundleName));
  await using copy = await open(copyPath, 'wx+', 0o600);
  await copyBounded(source, copy);
  return { ...(await readHeader(copy)), path: copyPath };
}

function refused(why: string): PhaseFailed {
  return new PhaseFailed('PublishFailed', `the agent's work cannot be published: ${why}`);
}

async function openPlain(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    throw refused(`its bundle cannot be opened (${error instanceof Error ? error.message : String(error)})`);
  });
  const stat = await file.stat();
  if (stat.isFile() && stat.nlink === 1 && stat.size <= maxBundleBytes) return file;
  await file.close();
  throw refused(`its bundle is not a plain file of at most ${maxBundleBytes} bytes`);
}

async function copyBounded(source: FileHandle, copy: FileHandle): Promise<void> {
  const piece = Buffer.alloc(pieceBytes);
  let total = 0;
  for (;;) {
    const { bytesRead } = await source.read(piece, 0, piece.length, total);
    if (bytesRead === 0) return;
    total += bytesRead;
    if (total > maxBundleBytes) throw refused('its bundle grows while it is read');
    await copy.writeFile(piece.subarray(0, bytesRead));
  }
}

async function readHeader(file: FileHandle): Promise<{ tip: string; packStart: number }> {
  const start = Buffer.alloc(maxHeaderBytes);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const text = start.subarray(0, bytesRead).toString('latin1');
  const end = text.indexOf('\n\n');
  const [signature, ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  if (end < 0 || signature !== '# v2 git bundle') throw refused('its bundle is not a bundle of version 2');
  const refs = lines.filter((line) => !line.startsWith('-'));
  const tip = /^([0-9a-f]{40}) refs\/heads\/work$/.exec(refs[0] ?? '')?.[1];
  if (refs.length !== 1 || tip === undefined) throw refused('its bundle has not the one ref it should have');
  return { tip, packStart: end + 2 };
}
