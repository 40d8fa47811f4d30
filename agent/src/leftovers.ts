import { lstat, rm } from 'node:fs/promises';

import type { RunSpec } from '@verve/contract';

import { undefinedIfAbsent } from './absence.ts';
import type { Bounds } from './bounds.ts';
import { GitFailed, type Git, type GitCommand } from './git.ts';
import { PhaseFailed } from './outcome.ts';
import { lookAtTree, refusedEntry, type TreeLook } from './tree-look.ts';

const maxListBytes = 256 * 1024 * 1024;
const nul = Buffer.from([0]);
const named = 5;

/** A tree and the repository with which the runner commits what is left in it. */
export interface Leaving {
  readonly git: Git;
  /** With `gitDir` and `workTree`. */
  readonly at: Omit<GitCommand, 'args'>;
  readonly tree: string;
  readonly spec: RunSpec;
  readonly bounds: Bounds;
  readonly tell: (text: string) => void;
}

/**
 * Commits on top of `head` what differs from it in the tree, and gives the commit; without a difference it is `head`.
 * Throws PhaseFailed (`AgentFailed`) for what git cannot or should not keep.
 */
export async function commitLeftovers(leaving: Leaving, head: string): Promise<string> {
  const { git, at, tree, bounds } = leaving;
  try {
    await git.run({ ...at, args: ['read-tree', head] });
    const look = await lookAtTree(tree, bounds.treeEntries);
    tellSpecials(leaving, look);
    await dissolveRepositories(leaving, look);
    await checkTracked(leaving, head);
    await checkNew(leaving);
    await git.run({ ...at, args: ['add', '--all', '--', '.'] });
    return await commitIndex(leaving, head);
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    throw new PhaseFailed('AgentFailed', `what the agent left cannot be committed: ${error.message}`, {
      cause: error,
    });
  }
}

function tellSpecials({ tell }: Leaving, { specials }: TreeLook): void {
  if (specials.length === 0) return;
  const names = specials.slice(0, named).map((path) => path.toString('utf8'));
  tell(`not committed, since git keeps no FIFOs, sockets and devices: ${names.join(', ')}\n`);
}

/**
 * A folder that the agent made a repository of its own, as some project generators do, would become a link to a commit
 * that nobody has. Its files are taken instead; its history is not. What the base knows as a link stays one, and what
 * is ignored is left alone.
 */
async function dissolveRepositories(leaving: Leaving, { repositories }: TreeLook): Promise<void> {
  const { git, at, tree, tell } = leaving;
  if (repositories.length === 0) return;
  const stages = await git.list({ ...at, args: ['ls-files', '-z', '--stage'] }, maxListBytes);
  const links = stages.flatMap((entry) => {
    const text = entry.toString('latin1');
    return text.startsWith('160000 ') ? [text.slice(text.indexOf('\t') + 1)] : [];
  });
  const kept = new Set([...links, ...(await ignoredOf(leaving, repositories))]);
  for (const path of repositories.filter((path) => !kept.has(path.toString('latin1')))) {
    tell(
      `${path.toString('utf8')} is a repository of its own: its files are committed, its history is not\n`,
    );
    await rm(Buffer.concat([pathIn(tree, path), Buffer.from('/.git')]), { recursive: true, force: true });
  }
}

async function ignoredOf({ git, at }: Leaving, paths: readonly Buffer[]): Promise<readonly string[]> {
  const stdin = Buffer.concat(paths.flatMap((path) => [path, nul]));
  try {
    const found = await git.list({ ...at, args: ['check-ignore', '-z', '--stdin'], stdin }, maxListBytes);
    return found.map((path) => path.toString('latin1'));
  } catch (error) {
    if (error instanceof GitFailed && error.exitCode === 1) return [];
    throw error;
  }
}

/** Git reads a tracked file whole to see whether it changed; one that grew beyond the bound is refused before. */
async function checkTracked({ git, at, tree, bounds }: Leaving, head: string): Promise<void> {
  const tracked = await git.list({ ...at, args: ['ls-files', '-z', '--cached'] }, maxListBytes);
  for (const path of tracked) {
    const size = await sizeOf(tree, path);
    if (size <= bounds.leftoverFileBytes) continue;
    const before = await git.ask({ ...at, args: ['cat-file', '-s', `${head}:${path.toString('utf8')}`] });
    if (before !== String(size)) throw tooLarge(path, size, bounds);
  }
}

async function checkNew({ git, at, tree, bounds }: Leaving): Promise<void> {
  const list = ['ls-files', '-z', '--others', '--exclude-standard'];
  const paths = await git.list({ ...at, args: list }, maxListBytes);
  if (paths.length > bounds.leftoverFiles) {
    throw new PhaseFailed(
      'AgentFailed',
      `the agent left ${paths.length} new files, more than ${bounds.leftoverFiles}; have it add what it builds or ` +
        'downloads to .gitignore',
    );
  }
  let total = 0;
  for (const path of paths) {
    const size = await sizeOf(tree, path);
    if (size > bounds.leftoverFileBytes) throw tooLarge(path, size, bounds);
    total += size;
  }
  if (total <= bounds.leftoverBytes) return;
  throw new PhaseFailed(
    'AgentFailed',
    `the agent left ${total} bytes of new files, more than ${bounds.leftoverBytes}`,
  );
}

function tooLarge(path: Buffer, size: number, bounds: Bounds): PhaseFailed {
  return refusedEntry(path, `has ${size} bytes, more than ${bounds.leftoverFileBytes}`);
}

async function sizeOf(tree: string, path: Buffer): Promise<number> {
  const found = await lstat(pathIn(tree, path)).catch(undefinedIfAbsent);
  return found?.isFile() === true ? found.size : 0;
}

function pathIn(tree: string, path: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${tree}/`), path]);
}

/** Without `git commit`, which knows many ways to run something. */
async function commitIndex({ git, at, spec }: Leaving, head: string): Promise<string> {
  const tree = await git.run({ ...at, args: ['write-tree'] });
  if (tree === (await git.run({ ...at, args: ['rev-parse', '--verify', `${head}^{tree}`] }))) return head;
  const { author, coAuthor } = spec;
  const subject = spec.title.replaceAll(/\s+/g, ' ').trim() || spec.taskId;
  const trailers = [
    `Verve-Task: ${spec.taskId}`,
    ...(coAuthor ? [`Co-authored-by: ${coAuthor.name} <${coAuthor.email}>`] : []),
  ];
  return git.run({
    ...at,
    args: ['commit-tree', tree, '-p', head, '-F', '-'],
    stdin: `${subject}\n\n${trailers.join('\n')}\n`,
    environment: {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
    },
  });
}
