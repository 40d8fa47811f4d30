import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Base } from './base.ts';
import { bundleName } from './bundle.ts';
import type { PhaseInput } from './config.ts';
import { createGit, type Git, type GitCommand } from './git.ts';
import { commitLeftovers } from './leftovers.ts';
import { PhaseFailed } from './outcome.ts';
import { headOf } from './tree-head.ts';

/** Work that publish may take: a bundle of the commits after the base, with this one at its tip. */
export interface BundledWork {
  readonly commit: string;
  /** First lines of the new commits' messages, newest first, bounded in number. */
  readonly subjects: readonly string[];
}

const maxSubjects = 50;

/**
 * Commits what the agent left uncommitted and writes the bundle. Undefined: there is no new commit. Call it when the
 * program and all that it started are gone. The repository with which it commits is made then, in a new folder, so
 * that nothing in it can have been planted; it borrows the tree's objects, and no configuration, hook or filter of the
 * tree is ever read. Throws PhaseFailed (`AgentFailed`) when the agent threw away the history that it was given.
 */
export async function bundleWork(input: PhaseInput, base: Base): Promise<BundledWork | undefined> {
  const folder = await mkdtemp(join(input.temporary, 'work-'));
  try {
    const home = join(folder, 'home');
    await mkdir(home);
    const git = createGit({ searchPath: input.searchPath, home });
    const gitDir = join(folder, 'work.git');
    const at = { cwd: folder, gitDir, timeoutMs: input.bounds.localGitMs };
    await prepareRepository({ git, at, gitDir, input, base });
    return await bundle({ git, at, input, base });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Bundling {
  readonly git: Git;
  readonly at: Omit<GitCommand, 'args'>;
  readonly input: PhaseInput;
  readonly base: Base;
}

async function prepareRepository(bundling: Bundling & { readonly gitDir: string }): Promise<void> {
  const { git, at, gitDir, input, base } = bundling;
  await git.run({ ...at, args: ['init', '--quiet', '--bare', '--template=', gitDir] });
  await mkdir(join(gitDir, 'objects', 'info'), { recursive: true });
  await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${join(input.tree, '.git', 'objects')}\n`);
  if (base.shallow.length > 0) await writeFile(join(gitDir, 'shallow'), `${base.shallow.join('\n')}\n`);
}

async function bundle({ git, at, input, base }: Bundling): Promise<BundledWork | undefined> {
  const { tree, spec, bounds } = input;
  const head = await headOf(tree);
  if ((await git.ask({ ...at, args: ['cat-file', '-e', `${head}^{commit}`] })) === undefined) {
    throw new PhaseFailed(
      'AgentFailed',
      `the agent destroyed the git repository of its tree: ${head} is not there`,
    );
  }
  const commit = await commitLeftovers(
    {
      git,
      at: { ...at, cwd: tree, workTree: tree },
      tree,
      spec,
      bounds,
      tell: (text) => process.stderr.write(text),
    },
    head,
  );
  if (commit === base.commit) return undefined;
  if ((await git.ask({ ...at, args: ['merge-base', '--is-ancestor', base.commit, commit] })) === undefined) {
    throw new PhaseFailed(
      'AgentFailed',
      `the agent rewrote history: ${base.commit.slice(0, 12)}, from which it started, is not an ancestor of its work`,
    );
  }
  await git.run({ ...at, args: ['update-ref', 'refs/heads/work', commit] });
  const file = join(input.out, bundleName);
  await rm(file, { recursive: true, force: true });
  const range = ['refs/heads/work', `^${base.commit}`];
  await git.run({ ...at, args: ['bundle', 'create', '--quiet', '--version=2', file, ...range] });
  return { commit, subjects: await listSubjects({ git, at }, `${base.commit}..${commit}`) };
}

async function listSubjects({ git, at }: Pick<Bundling, 'git' | 'at'>, range: string): Promise<string[]> {
  const format = ['--format=%s', '--no-show-signature', `--max-count=${maxSubjects}`];
  const log = await git.run({ ...at, args: ['log', ...format, range, '--'] });
  return log.split('\n').filter((line) => line !== '');
}
