import type { PhaseOutcome, RunSpec } from '@verve/contract';

import type { Base } from './base.ts';

/** The work as it stands on the remote. */
interface PushedWork {
  readonly spec: RunSpec;
  readonly base: Base;
  readonly commit: string;
}

/** Where pull requests live. */
export interface Forge {
  /**
   * Called once the branch `spec.branch` is at `commit`, and again after a crash: it finds what an earlier call made
   * rather than making a second one. The outcome names branch and commit. Throws PhaseFailed (`PullRequestFailed`)
   * with the forge's words; the branch stays then.
   */
  publish(work: PushedWork): Promise<PhaseOutcome>;
}
