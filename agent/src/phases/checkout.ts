import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

import type { PhaseOutcome } from '@verve/contract';

import { writeBase } from '../base.ts';
import type { PhaseInput } from '../config.ts';
import { askGit, git, GitFailed } from '../git.ts';
import { PhaseFailed } from '../outcome.ts';

const retryDelaysMs = [1_000, 3_000, 10_000];

/** Clones the base branch with its history into the tree. Run again, it starts over. */
export async function checkout(input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  const { spec, tree, environment } = input;
  await cloneRepeatedly(input, signal);

  const at = { cwd: tree, environment };
  const commit = await askGit({ ...at, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] });
  if (commit === undefined) {
    throw new PhaseFailed('CheckoutFailed', `${spec.repository} has no commit yet; push one first`);
  }
  const branch = await git({ ...at, args: ['symbolic-ref', '--short', 'HEAD'] });
  await git({ ...at, args: ['config', 'user.name', 'Verve'] });
  await git({ ...at, args: ['config', 'user.email', 'noreply@verve.dev'] });
  await writeBase(input.out, { branch, commit });
  return { status: 'completed', message: `checked out ${branch} at ${commit.slice(0, 12)}` };
}

async function cloneRepeatedly(input: PhaseInput, signal: AbortSignal): Promise<void> {
  for (const delayMs of [...retryDelaysMs, undefined]) {
    try {
      await rm(input.tree, { recursive: true, force: true });
      return await clone(input);
    } catch (error) {
      if (!(error instanceof GitFailed)) throw error;
      if (!error.isTransient || delayMs === undefined) {
        throw new PhaseFailed(
          'CheckoutFailed',
          `cannot clone ${input.spec.repository}${onBranch(input)}: ${error.message}`,
          { cause: error },
        );
      }
      process.stderr.write(`${error.message}\ntrying again in ${delayMs / 1_000} s\n`);
      await wait(delayMs, undefined, { signal });
    }
  }
}

function onBranch(input: PhaseInput): string {
  return input.spec.baseBranch === undefined ? '' : `, branch ${input.spec.baseBranch}`;
}

async function clone({ spec, tree, out, environment }: PhaseInput): Promise<void> {
  const branch = spec.baseBranch === undefined ? [] : ['--branch', spec.baseBranch];
  // A file URL is copied as over a network: no hard links into the original, no alternates.
  const args = ['clone', '--quiet', '--single-branch', '--no-tags', '--no-local', '--template=', ...branch];
  await git({ args: [...args, '--', spec.repository, tree], cwd: out, environment });
}
