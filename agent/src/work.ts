import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { RunSpec } from '@verve/contract';

import type { Base } from './base.ts';
import type { PhaseInput } from './config.ts';
import { askGit, git, type GitCommand } from './git.ts';
import { PhaseFailed } from './outcome.ts';

/** A planted tree may hang git: a FIFO named `.gitignore` does. */
const gitTimeoutMs = 5 * 60_000;

/** The name of the bundle in the agent phase's folder. */
export const bundleName = 'work.bundle';

/**
 * Makes the repository with which the runner commits: its own, so that no configuration, hook or filter of the tree
 * that the agent writes is ever read. It borrows the tree's objects. Call it before the agent starts.
 */
export async function prepareWork(input: PhaseInput): Promise<string> {
  const gitDir = join(input.out, 'work.git');
  await rm(gitDir, { recursive: true, force: true });
  await mkdir(gitDir, { recursive: true });
  const { environment } = input;
  await git({ args: ['init', '--quiet', '--bare', '--template='], cwd: gitDir, gitDir, environment });
  await mkdir(join(gitDir, 'objects', 'info'), { recursive: true });
  await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${join(input.tree, '.git', 'objects')}\n`);
  return gitDir;
}

/** Work that publish may take: a bundle of the commits after the base, with this one at its tip. */
export interface BundledWork {
  readonly commit: string;
}

/**
 * Commits what the agent left uncommitted and writes the bundle. Undefined: there is no new commit.
 * Throws PhaseFailed (`AgentFailed`) when the agent threw away the history that it was given.
 */
export async function bundleWork(
  input: PhaseInput,
  gitDir: string,
  base: Base,
): Promise<BundledWork | undefined> {
  const at = { cwd: input.tree, gitDir, environment: input.environment, timeoutMs: gitTimeoutMs };
  const head = await headOfTree(input);
  await git({ ...at, args: ['update-ref', 'refs/heads/work', head] });
  await git({ ...at, args: ['symbolic-ref', 'HEAD', 'refs/heads/work'] });
  await commitLeftovers({ ...at, workTree: input.tree }, input.spec);

  const commit = await git({ ...at, args: ['rev-parse', '--verify', 'refs/heads/work^{commit}'] });
  if (commit === base.commit) return undefined;
  if ((await askGit({ ...at, args: ['merge-base', '--is-ancestor', base.commit, commit] })) === undefined) {
    throw new PhaseFailed(
      'AgentFailed',
      `the agent rewrote history: ${base.commit.slice(0, 12)}, from which it started, is not an ancestor of its work`,
    );
  }
  const bundle = join(input.out, bundleName);
  const range = ['refs/heads/work', `^${base.commit}`];
  await git({ ...at, args: ['bundle', 'create', '--quiet', '--version=2', bundle, ...range] });
  return { commit };
}

/** Where the agent left the tree; on a branch of its own making or on none, what is checked out counts. */
async function headOfTree({ tree, out, environment }: PhaseInput): Promise<string> {
  const head = await askGit({
    args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'],
    cwd: out,
    gitDir: join(tree, '.git'),
    environment,
    timeoutMs: gitTimeoutMs,
  });
  if (head === undefined)
    throw new PhaseFailed('AgentFailed', 'the agent destroyed the git repository of its tree');
  return head;
}

type InTree = Omit<GitCommand, 'args'>;

async function commitLeftovers(at: InTree, spec: RunSpec): Promise<void> {
  await git({ ...at, args: ['read-tree', 'HEAD'] });
  await git({ ...at, args: ['add', '--all', '--', '.'] });
  const isClean = await askGit({ ...at, args: ['diff-index', '--quiet', '--cached', 'HEAD', '--'] });
  if (isClean !== undefined) return;
  const identity = ['-c', 'user.name=Verve', '-c', 'user.email=noreply@verve.dev'];
  const message = `${spec.title}\n\nVerve-Task: ${spec.taskId}\n`;
  await git({
    ...at,
    args: [...identity, 'commit', '--quiet', '--no-verify', '--cleanup=verbatim', '-m', message],
  });
}
