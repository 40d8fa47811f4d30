import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { PhaseOutcome } from '@verve/contract';

import { takeReport, type AgentReport } from '../agent-outcome.ts';
import { readBase, type Base } from '../base.ts';
import { maxPackBytes, takeBundle, type Bundle } from '../bundle.ts';
import type { PhaseInput } from '../config.ts';
import { publishAt } from '../forge.ts';
import { forgeOf } from '../forges.ts';
import { GitFailed, type Git, type GitCommand } from '../git.ts';
import { PhaseFailed } from '../outcome.ts';
import { whyPassing } from '../passing-trouble.ts';
import { explainRemote } from '../remote-failure.ts';
import { createRemoteGit } from '../remote-git.ts';
import { repeat, type Repetition } from '../retry.ts';
import { pushBranch } from '../task-branch.ts';
import { openUntrusted } from '../untrusted-file.ts';
import { checkWorkflows } from '../workflow-files.ts';

/** One publish: what it has and how long it may take. */
interface Publishing {
  readonly input: PhaseInput;
  readonly git: Git;
  readonly at: Repository;
  /** For what may be passing trouble. */
  readonly repetition: Repetition;
}

/**
 * Pushes the agent's commits to the task's branch and sees to its pull request. It has credentials and the agent may
 * have been taken over, so it never runs git in the tree: it works in a fresh repository of its own, takes the base
 * from the remote and the rest from the bundle, and pushes nothing but descendants of the base that checkout named.
 * Run again, it ends the same.
 */
export async function publish(input: PhaseInput, signal: AbortSignal): Promise<PhaseOutcome> {
  const folder = await mkdtemp(join(input.temporary, 'publish-'));
  try {
    const base = await readBase(input.checkoutOut);
    const { bundle, report } = await takeWork(input, folder);
    const outcome = await endOf({ input, folder, signal, base, bundle, report });
    return { ...outcome, ...(report.usage && { usage: report.usage }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Work {
  readonly input: PhaseInput;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly base: Base;
  readonly bundle: Bundle;
  readonly report: AgentReport;
}

async function takeWork(input: PhaseInput, folder: string): Promise<Pick<Work, 'bundle' | 'report'>> {
  await using from = await openUntrusted(input.agentOut);
  return { bundle: await takeBundle(from, folder), report: await takeReport(from, folder, tell) };
}

/** A failure is an outcome here, since what the agent used is told with it. */
async function endOf(work: Work): Promise<PhaseOutcome> {
  try {
    return await publishWork(work);
  } catch (error) {
    work.signal.throwIfAborted();
    if (error instanceof PhaseFailed) return error.outcome;
    if (!(error instanceof GitFailed)) throw error;
    return new PhaseFailed('PublishFailed', error.message).outcome;
  }
}

async function publishWork({ input, folder, signal, base, bundle, report }: Work): Promise<PhaseOutcome> {
  const { spec } = input;
  const forge = forgeOf(input);
  const git = createRemoteGit(input, folder);
  const repetition = createRepetition(input, signal);
  const at: Repository = {
    cwd: folder,
    gitDir: join(folder, 'publish.git'),
    // Asked for anew by each command: what is left of the time for all of it.
    get timeoutMs() {
      return Math.ceil(Math.max(repetition.untilMs - performance.now(), 1));
    },
    signal,
  };
  const publishing: Publishing = { input, git, at, repetition };

  await git.run({ ...at, args: ['init', '--quiet', '--bare', '--template=', at.gitDir] });
  await atRemote(publishing, async () => fetchBase(publishing, base));
  await takePack(publishing, bundle);
  await checkDescent(publishing, base, bundle.tip);
  if (!spec.mayChangeWorkflows) await checkWorkflows(git, at, { base, tip: bundle.tip });
  const commit = bundle.tip;
  await atRemote(publishing, async () => pushBranch({ git, at, spec, commit, tell }));
  const { summary, subjects = [] } = report;
  return publishAt(forge, { spec, base, commit, summary, subjects }, repetition);
}

type Repository = Omit<GitCommand, 'args'> & { readonly gitDir: string };

function tell(text: string): void {
  process.stderr.write(text);
}

function createRepetition({ spec, out, bounds }: PhaseInput, signal: AbortSignal): Repetition {
  return {
    ...bounds,
    untilMs: performance.now() + bounds.publishMs,
    whyTransient: async (error) => whyPassing(error, spec, out),
    tell,
    signal,
  };
}

/** Repeats what the remote may do in a moment; what it will not do is told in a sentence. */
async function atRemote({ input, repetition }: Publishing, step: () => Promise<void>): Promise<void> {
  try {
    await repeat(repetition, step);
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    const { sentence } = explainRemote(error.message, { repository: input.spec.repository });
    throw new PhaseFailed('PublishFailed', sentence, { cause: error });
  }
}

/**
 * The base as the remote has it. Where history is as deep as it was fetched, its commit is asked for by its id; a remote
 * that does not give one by id gives the branch. It may be gone from there, or rewritten, and be had by its id alone.
 */
async function fetchBase({ input, git, at }: Publishing, base: Base): Promise<void> {
  const { repository, depth } = input.spec;
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  const byBranch = ['--', repository, `+refs/heads/${base.branch}:refs/verve/base`];
  const byId = ['--', repository, `+${base.commit}:refs/verve/base`];
  const isHere = { ...at, args: ['cat-file', '-e', `${base.commit}^{commit}`] };
  const [first, second] = depth === undefined ? [byBranch, byId] : [[`--depth=${depth}`, ...byId], byBranch];

  const isFetched = await git.ask({ ...at, args: [...fetch, ...first] });
  if (isFetched !== undefined && (await git.ask(isHere)) !== undefined) return;
  await git.run({ ...at, args: [...fetch, ...second] });
  await git.run(isHere);
}

async function takePack({ git, at }: Publishing, bundle: Bundle): Promise<void> {
  await git.run({
    ...at,
    args: ['index-pack', '--strict', '--fix-thin', '--stdin', `--max-input-size=${maxPackBytes}`],
    stdin: { path: bundle.path, start: bundle.packStart },
  });
}

async function checkDescent({ git, at }: Publishing, base: Base, tip: string): Promise<void> {
  const kind = await git.ask({ ...at, args: ['cat-file', '-t', tip] });
  if (kind !== 'commit') throw new PhaseFailed('PublishFailed', `the agent's work ${tip} is not a commit`);
  const isDescendant = await git.ask({ ...at, args: ['merge-base', '--is-ancestor', base.commit, tip] });
  if (isDescendant === undefined || tip === base.commit) {
    throw new PhaseFailed(
      'PublishFailed',
      `the agent's work ${tip.slice(0, 12)} does not descend from ${base.commit.slice(0, 12)}, where it started`,
    );
  }
  await git.run({ ...at, args: ['rev-list', '--objects', '--quiet', tip, '--not', base.commit] });
}
