import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { codeOf } from '../file-error.ts';
import { lockHolder } from '../folder-lock.ts';
import type { Finding } from './finding.ts';

const mebibyte = 1024 * 1024;
/** A run's spool alone may take 256 MiB; its clone comes on top. */
const scarceMiB = 2_048;
const fullMiB = 256;

/** Whether the worker can keep its files, and whether another process has them already. Makes nothing. */
export async function checkDataFolder(home: string): Promise<readonly Finding[]> {
  try {
    const place = await findFolder(home);
    await access(place, constants.W_OK | constants.X_OK);
    const message = place === home ? `${home} can be written` : `${home} can be made in ${place}`;
    return [{ check: 'data', state: 'ok', message }, await checkSpace(place), await checkLock(home)];
  } catch (error) {
    const finding: Finding = {
      check: 'data',
      state: 'failed',
      message: `${home} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'Give the folder to the user of the worker, or name another one: "dataDir", VERVE_DATA_DIR.',
    };
    return [finding];
  }
}

/** The folder itself, or what there is of the way to it. Throws when something else is in the way. */
async function findFolder(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return findFolder(dirname(path));
  if (found.isDirectory()) return path;
  throw new Error(`${path} is no folder`);
}

async function checkSpace(place: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(place);
  const freeMiB = Math.floor((bavail * bsize) / mebibyte);
  const message = `${freeMiB} MiB are free`;
  if (freeMiB >= scarceMiB) return { check: 'disk', state: 'ok', message };
  const state = freeMiB < fullMiB ? 'failed' : 'warning';
  return { check: 'disk', state, message, fix: 'Runs keep clones and logs there: make room.' };
}

async function checkLock(home: string): Promise<Finding> {
  const holder = await lockHolder(home);
  if (!holder) return { check: 'lock', state: 'ok', message: 'no worker is active on this folder' };
  const { pid, host, isHere } = holder;
  const where = isHere ? `process ${pid}` : `process ${pid} on ${host}, which cannot be looked at from here,`;
  return { check: 'lock', state: 'ok', message: `${where} is active on this folder; another one would wait` };
}
