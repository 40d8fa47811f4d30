import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { lockHolder } from '../folder-lock.ts';
import type { Finding } from './finding.ts';

const mebibyte = 1024 * 1024;
/** A run's spool alone may take 256 MiB; its clone comes on top. */
const scarceMiB = 2_048;
const fullMiB = 256;

/** Whether the worker can keep its files, and whether another process has them already. */
export async function checkDataFolder(home: string): Promise<readonly Finding[]> {
  const writable = await checkWritable(home);
  if (writable.state === 'failed') return [writable];
  return [writable, await checkSpace(home), await checkLock(home)];
}

async function checkWritable(home: string): Promise<Finding> {
  const probe = join(home, `doctor.${process.pid}`);
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'x');
    return { check: 'data', state: 'ok', message: `${home} can be written` };
  } catch (error) {
    return {
      check: 'data',
      state: 'failed',
      message: `${home} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'Give the folder to the user of the worker, or name another one: "dataDir", VERVE_DATA_DIR.',
    };
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

async function checkSpace(home: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(home);
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
