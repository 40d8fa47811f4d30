import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

import { codeOf, isAbsence, undefinedIfAbsent } from './absence.ts';
import { PhaseFailed } from './outcome.ts';

const maxFileBytes = 16 * 1024 * 1024;
const maxSteps = 5;
/** There is something else in its place: a link, a socket; or a name that no file can have. */
const noFile = new Set(['ELOOP', 'ENXIO', 'ENAMETOOLONG']);

/**
 * The commit that a tree is at, read from the files of its repository. Git itself is not asked: it would read the
 * configuration there, which the agent may have written. Throws PhaseFailed (`AgentFailed`) when there is none; what
 * could not be looked at is an error of the system, as it is.
 */
export async function headOf(tree: string): Promise<string> {
  const gitDir = join(tree, '.git');
  const found = await lstat(gitDir).catch(undefinedIfAbsent);
  if (!found?.isDirectory()) throw destroyed('its .git is not a folder');
  let text = await readSmall(join(gitDir, 'HEAD'));
  for (let step = 0; step < maxSteps; step++) {
    const commit = /^[0-9a-f]{40}\s*$/.exec(text ?? '')?.[0].trim();
    if (commit !== undefined) return commit;
    const ref = /^ref: (refs\/[^\0\n]+?)\s*$/.exec(text ?? '')?.[1];
    if (ref === undefined || ref.split('/').includes('..')) break;
    text = (await readSmall(join(gitDir, ref))) ?? (await packedRef(gitDir, ref));
  }
  throw destroyed('its HEAD leads to no commit');
}

function destroyed(why: string): PhaseFailed {
  return new PhaseFailed('AgentFailed', `the agent destroyed the git repository of its tree: ${why}`);
}

async function packedRef(gitDir: string, ref: string): Promise<string | undefined> {
  const packed = (await readSmall(join(gitDir, 'packed-refs'))) ?? '';
  const line = packed.split('\n').find((entry) => entry.endsWith(` ${ref}`));
  return line?.split(' ')[0];
}

async function readSmall(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await file.stat();
    return stat.isFile() && stat.size <= maxFileBytes ? await file.readFile('utf8') : undefined;
  } catch (error) {
    if (isAbsence(error) || noFile.has(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
