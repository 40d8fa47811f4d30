import type { PhaseOutcome, RunSpec } from '@verve/contract';

import type { Base } from './base.ts';
import { PhaseFailed } from './outcome.ts';
import type { Repetition } from './retry.ts';

/** The work as it stands on the remote. */
export interface PushedWork {
  readonly spec: RunSpec;
  readonly base: Base;
  readonly commit: string;
  /** What the agent says of its work, masked; it may say anything. */
  readonly summary: string | undefined;
  /** First lines of the new commits' messages as the agent phase tells them, masked; they may be anything, too. */
  readonly subjects: readonly string[];
}

/** Where pull requests live. */
export interface Forge {
  /**
   * Called once the branch `spec.branch` is at `commit`, and again after a crash: it finds what an earlier call made
   * rather than making a second one. The outcome names branch and commit. Passing trouble is repeated within the
   * repetition's time, and a limit waited out. Throws PhaseFailed (`PullRequestFailed`) with a sentence that says what
   * to change where and the forge's words, also for a pull request that a person closed; the branch stays then.
   * Labels and people that the forge does not take are told, and fail nothing.
   */
  publish(work: PushedWork, repetition: Repetition): Promise<PhaseOutcome>;
}

/** Publishes at a forge. Where that opens no pull request the outcome names branch and commit all the same: they stay. */
export async function publishAt(
  forge: Forge,
  work: PushedWork,
  repetition: Repetition,
): Promise<PhaseOutcome> {
  try {
    return await forge.publish(work, repetition);
  } catch (error) {
    if (!(error instanceof PhaseFailed)) throw error;
    const { commit, spec } = work;
    const where = `${commit.slice(0, 12)} is pushed to ${spec.branch}, but there is no pull request`;
    const { outcome } = new PhaseFailed(error.reason, `${where}: ${error.message}`, { cause: error });
    return { ...outcome, branch: spec.branch, commit };
  }
}
