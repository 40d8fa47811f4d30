import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PhaseOutcome } from '@verve/contract';

import { readBase, type Base } from '../base.ts';
import { takeBundle } from '../bundle.ts';
import type { PhaseInput } from '../config.ts';
import { forgeOf } from '../forges.ts';
import { askGit, git, GitFailed, type GitCommand } from '../git.ts';
import { PhaseFailed } from '../outcome.ts';

const maxPackBytes = 2 * 1024 * 1024 * 1024;

/**
 * Pushes the agent's commits to the task's branch. It has credentials and the agent may have been taken over, so it
 * never runs git in the tree: it works in a fresh repository of its own, takes the base from the remote and the rest
 * from the bundle, and pushes nothing but descendants of the base that checkout named. Run again, it ends the same.
 */
export async function publish(input: PhaseInput): Promise<PhaseOutcome> {
  const { spec, environment } = input;
  const forge = forgeOf(spec.forge.kind);
  const folder = await mkdtemp(join(tmpdir(), 'verve-publish-'));
  try {
    const at: Repository = { cwd: folder, gitDir: join(folder, 'publish.git'), environment };
    const base = await readBase(input.checkoutOut);
    const bundle = await takeBundle(input.agentOut, folder);
    await git({ ...at, args: ['init', '--quiet', '--bare', '--template=', at.gitDir] });
    await fetchBase(at, spec.repository, base);
    await takePack(at, bundle);
    await checkDescent(at, base, bundle.tip);
    await push(at, { repository: spec.repository, branch: spec.branch, commit: bundle.tip });
    return await forge.publish({ spec, base, commit: bundle.tip });
  } catch (error) {
    if (error instanceof GitFailed) throw new PhaseFailed('PublishFailed', error.message, { cause: error });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Repository = Omit<GitCommand, 'args'> & { readonly gitDir: string };

async function fetchBase(at: Repository, repository: string, base: Base): Promise<void> {
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  const refspec = `+refs/heads/${base.branch}:refs/verve/base`;
  await askGit({ ...at, args: [...fetch, '--', repository, refspec] });
  const isHere = ['cat-file', '-e', `${base.commit}^{commit}`];
  if ((await askGit({ ...at, args: isHere })) !== undefined) return;
  // The branch is gone or was rewritten since; many remotes still give the commit by its id.
  await git({ ...at, args: [...fetch, '--', repository, base.commit] });
}

async function takePack(at: Repository, bundle: { path: string; packStart: number }): Promise<void> {
  await git({
    ...at,
    args: ['index-pack', '--strict', '--fix-thin', '--stdin', `--max-input-size=${maxPackBytes}`],
    stdin: { path: bundle.path, start: bundle.packStart },
  });
}

async function checkDescent(at: Repository, base: Base, tip: string): Promise<void> {
  const kind = await askGit({ ...at, args: ['cat-file', '-t', tip] });
  if (kind !== 'commit') throw new PhaseFailed('PublishFailed', `the agent's work ${tip} is not a commit`);
  const isDescendant = await askGit({ ...at, args: ['merge-base', '--is-ancestor', base.commit, tip] });
  if (isDescendant === undefined || tip === base.commit) {
    throw new PhaseFailed(
      'PublishFailed',
      `the agent's work ${tip.slice(0, 12)} does not descend from ${base.commit.slice(0, 12)}, where it started`,
    );
  }
  await git({ ...at, args: ['rev-list', '--objects', '--quiet', tip, '--not', base.commit] });
}

interface Target {
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
}

async function push(at: Repository, { repository, branch, commit }: Target): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const listed = await git({ ...at, args: ['ls-remote', '--', repository, ref] });
  const known =
    listed
      .split('\n')
      .find((line) => line.endsWith(`\t${ref}`))
      ?.split('\t')[0] ?? '';
  if (known === commit) return;
  if (known !== '' && !(await isOlderWork(at, known, commit))) {
    throw new PhaseFailed(
      'PublishFailed',
      `the branch ${branch} exists already with other work (${known.slice(0, 12)}), which is never overwritten; ` +
        'delete or rename it, then retry',
    );
  }
  const options = ['--quiet', '--no-verify', '--no-follow-tags', '--recurse-submodules=no'];
  const lease = `--force-with-lease=${ref}:${known}`;
  await git({ ...at, args: ['push', ...options, lease, '--', repository, `${commit}:${ref}`] });
}

/** The branch has an earlier part of this work, so that the push only adds to it. */
async function isOlderWork(at: Repository, known: string, commit: string): Promise<boolean> {
  return (await askGit({ ...at, args: ['merge-base', '--is-ancestor', known, commit] })) !== undefined;
}
