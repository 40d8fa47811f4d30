import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

import { PhaseFailed } from './outcome.ts';

const slash = Buffer.from('/');
/** Git opens these while it looks for changes, and waits on a FIFO for ever. */
const ruleNames = new Set(['.gitignore', '.gitattributes']);

/** What stands in a tree that git does not keep. Paths are below the tree, as the bytes that they are. */
export interface TreeLook {
  /** FIFOs, sockets and devices. */
  readonly specials: readonly Buffer[];
  /** Folders that are repositories of their own. */
  readonly repositories: readonly Buffer[];
}

/**
 * Looks through a tree before git does, by names and types alone. Throws PhaseFailed (`AgentFailed`) for what git would
 * hang on, and for more entries than are taken.
 */
export async function lookAtTree(tree: string, maxEntries: number): Promise<TreeLook> {
  const specials: Buffer[] = [];
  const repositories: Buffer[] = [];
  const folders: Buffer[] = [Buffer.alloc(0)];
  let seen = 0;

  function take(folder: Buffer, entry: Dirent<Buffer>): void {
    const name = entry.name.toString('utf8');
    const path = folder.length === 0 ? entry.name : Buffer.concat([folder, slash, entry.name]);
    if (name === '.git') {
      if (folder.length > 0) repositories.push(folder);
    } else if (entry.isDirectory()) {
      folders.push(path);
    } else if (!entry.isFile() && !entry.isSymbolicLink()) {
      if (ruleNames.has(name)) throw refusedEntry(path, 'is not a plain file');
      specials.push(path);
    }
  }

  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const entries = await entriesOf(Buffer.concat([Buffer.from(`${tree}/`), folder]));
    seen += entries.length;
    if (seen > maxEntries) {
      throw new PhaseFailed('AgentFailed', `the agent left more than ${maxEntries} files and folders`);
    }
    for (const entry of entries) take(folder, entry);
  }
  return { specials, repositories };
}

/** What cannot be committed, by its path. */
export function refusedEntry(path: Buffer, why: string): PhaseFailed {
  return new PhaseFailed(
    'AgentFailed',
    `what the agent left cannot be committed: ${path.toString('utf8')} ${why}`,
  );
}

async function entriesOf(path: Buffer): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    // Gone again, or shut to everybody: git will say what it makes of it.
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EACCES'].includes(String(error.code)))
      return [];
    throw error;
  }
}
