import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an image is made of. */
export interface Revision {
  /** Of the root's `package.json`. */
  readonly version: string;
  /** Git's commit, with `-dirty` where the tree differs from it; `unknown` outside of a repository. */
  readonly commit: string;
}

/** Of the tree in a folder. */
export function readRevision(root: string): Revision {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { version, commit: commitOf(root) };
}

function commitOf(root: string): string {
  try {
    const head = git(root, 'rev-parse', 'HEAD');
    return git(root, 'status', '--porcelain') === '' ? head : `${head}-dirty`;
  } catch {
    return 'unknown';
  }
}

function git(root: string, ...args: string[]): string {
  return execFileSync('git', ['-C', root, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
