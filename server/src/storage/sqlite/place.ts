import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { StorageUnavailable, StorageUnusable } from '../storage.ts';

/** For the user that runs the server alone; SQLite gives `-wal` and `-shm` the mode of their database. */
const folderMode = 0o700;
const fileMode = 0o600;

/** What the system says when the same may work later. */
const outages: ReadonlySet<unknown> = new Set([
  'EAGAIN',
  'EBUSY',
  'EDQUOT',
  'EINTR',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'ESTALE',
  'ETIMEDOUT',
]);

const other = 'or set VERVE_DATA_DIR to another folder';

/**
 * Makes a database's folder and the named files there as far as they are missing, and sees to it that all can be
 * written. Throws StorageUnusable, and StorageUnavailable when the disk is full and the like.
 */
export function preparePlace(files: readonly string[]): void {
  for (const file of files) {
    makeFolder(resolve(dirname(file)));
    makeFile(file);
  }
}

/** One folder after the other: where nothing can be made, as in /proc, Node's own recursion never ends. */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  let there = folder;
  for (; !exists(there); there = dirname(there)) missing.unshift(there);
  if (!statSync(there).isDirectory()) {
    throw new StorageUnusable(
      `the data folder ${folder} cannot be used: ${there} is not a folder; move it, ${other}`,
    );
  }
  for (const next of missing) tryOn(next, () => makeOne(next));
  tryOn(folder, () => accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK));
}

function exists(path: string): boolean {
  return tryOn(path, () => statSync(path, { throwIfNoEntry: false })) !== undefined;
}

/** Another process that starts at the same time may have been first. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: folderMode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function makeFile(file: string): void {
  tryOn(file, () => {
    makeEmpty(file);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new StorageUnusable(`${file} is in the database's place and not a file; move it, ${other}`);
    }
  });
  for (const part of [file, `${file}-wal`, `${file}-shm`]) {
    if (exists(part)) tryOn(part, () => accessSync(part, constants.R_OK | constants.W_OK));
  }
}

/** A file that is there is not opened: to close it again would free the locks that this process has on it. */
function makeEmpty(file: string): void {
  try {
    closeSync(openSync(file, 'wx', fileMode));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Puts what the system says of a path into words. */
function tryOn<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StorageUnusable) throw error;
    const code = codeOf(error);
    if (outages.has(code)) {
      throw new StorageUnavailable(`${path} cannot be used (${String(code)})`, { cause: error });
    }
    const what = `the server cannot read and write ${path} (${String(code)})`;
    throw new StorageUnusable(`${what}; let the user that runs it do so, ${other}`, { cause: error });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : String(error);
}
