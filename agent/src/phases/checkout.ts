import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { PhaseOutcome } from '@verve/contract';

import { readIfThere } from '../absence.ts';
import { writeBase } from '../base.ts';
import type { PhaseInput } from '../config.ts';
import { GitFailed, type Git } from '../git.ts';
import { PhaseFailed } from '../outcome.ts';
import { whyPassing } from '../passing-trouble.ts';
import { explainRemote } from '../remote-failure.ts';
import { createRemoteGit } from '../remote-git.ts';
import { repeat } from '../retry.ts';

/**
 * Clones the base branch into the tree, with its history or as much of it as the run is told. What it logs in with is
 * nowhere in the tree. Run again, it starts over.
 */
export async function checkout(input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  const folder = await mkdtemp(join(input.temporary, 'checkout-'));
  try {
    const git = createRemoteGit(input, folder);
    await cloneRepeatedly({ git, input, folder, signal });
    return await describeTree(git, input);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function describeTree(git: Git, { spec, tree, out }: PhaseInput): Promise<PhaseOutcome> {
  const at = { cwd: out, gitDir: join(tree, '.git') };
  const commit = await git.ask({ ...at, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] });
  if (commit === undefined) {
    throw new PhaseFailed('CheckoutFailed', `${spec.repository} has no commit yet; push a first one to it`);
  }
  const branch = await git.ask({ ...at, args: ['symbolic-ref', '--quiet', '--short', 'HEAD'] });
  if (branch === undefined) {
    const what = spec.baseBranch === undefined ? `HEAD of ${spec.repository}` : `"${spec.baseBranch}"`;
    throw new PhaseFailed('CheckoutFailed', `${what} is not a branch; name one as the task's base branch`);
  }
  await git.run({ ...at, args: ['config', 'user.name', spec.author.name] });
  await git.run({ ...at, args: ['config', 'user.email', spec.author.email] });
  await writeBase(out, { branch, commit, shallow: await readShallow(at.gitDir) });
  return { status: 'completed', message: `checked out ${branch} at ${commit.slice(0, 12)}` };
}

async function readShallow(gitDir: string): Promise<string[]> {
  const text = (await readIfThere(join(gitDir, 'shallow'))) ?? '';
  return text.split('\n').filter((line) => line !== '');
}

interface Cloning {
  readonly git: Git;
  readonly input: PhaseInput;
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function cloneRepeatedly(cloning: Cloning): Promise<void> {
  const { input, signal } = cloning;
  const place = { repository: input.spec.repository, branch: input.spec.baseBranch };
  const repetition = {
    ...input.bounds,
    untilMs: performance.now() + input.bounds.checkoutMs,
    whyTransient: async (error: unknown) => whyPassing(error, place, input.out),
    tell: (text: string) => process.stderr.write(text),
    signal,
  };
  try {
    await repeat(repetition, async () => clone(cloning));
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    const { sentence } = explainRemote(error.message, place);
    throw new PhaseFailed('CheckoutFailed', sentence, { cause: error });
  }
}

async function clone({ git, input, folder, signal }: Cloning): Promise<void> {
  const { spec, tree } = input;
  await rm(tree, { recursive: true, force: true });
  // A file URL is copied as over a network: no hard links into the original, no alternates.
  const options = ['--quiet', '--single-branch', '--no-tags', '--no-local', '--template='];
  const branch = spec.baseBranch === undefined ? [] : ['--branch', spec.baseBranch];
  const depth = spec.depth === undefined ? [] : ['--depth', String(spec.depth)];
  const args = ['clone', ...options, ...branch, ...depth, '--', spec.repository, tree];
  await git.run({ args, cwd: folder, signal });
}
