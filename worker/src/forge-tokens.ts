import type { AttemptRef } from '@verve/contract';

import type { JournalEntry } from './journal.ts';

/** A run that reads a token, and the repository that it is of. */
export type TokenUser = Pick<JournalEntry, 'taskId' | 'attempt' | 'spec'>;

/**
 * The tokens that the worker itself takes of forges, one for each repository, in a file for runs to read at each use: it
 * is replaced long before its token ends. A repository's file is there as long as an attempt on it is in hand, also while
 * no worker is, and has the same path always. Calls may overlap.
 *
 * Disposing of it ends the renewing and leaves the files to the next process.
 */
export interface ForgeTokens extends AsyncDisposable {
  /** Where the token of a repository stands while it is held; undefined where the worker takes none. */
  fileOf(repository: string): string | undefined;
  /** Every token that a run in hand may have seen of this process, and the one that an earlier process left it. */
  secrets(): readonly string[];
  /** Called once, before any hold: takes over the files of the runs that an earlier process began, and removes others. */
  adopt(runs: readonly TokenUser[]): Promise<void>;
  /**
   * Resolves once the token of the run's repository stands in its file with time before it, or with what a person has to
   * change, where and why, before there can be one. Waits for nothing where the run has a file by an earlier process.
   * Throws TokenDelayed when the forge has not answered for a while, and the signal's reason. Of a repository without
   * such tokens: nothing. May be called again for a run.
   */
  hold(run: TokenUser, signal: AbortSignal): Promise<string | undefined>;
  /** The run is over, whether it was held or not; with the last of its repository the file goes. Again: nothing. */
  release(run: AttemptRef): Promise<void>;
}

/** Where tokens come from. */
export interface TokenSource {
  /** Whether there are tokens of that repository. */
  has(repository: string): boolean;
  /** A new token, good for that repository alone. Throws TokenRefused and TokenDelayed. */
  mint(repository: string, signal: AbortSignal): Promise<MintedToken>;
}

/** A token, fresh from the forge. */
export interface MintedToken {
  readonly token: string;
  /** How long it is good from now on, ms; by the forge's clock, which this machine's may not agree with. */
  readonly lifeMs: number;
}

/** There is no token until a person has changed something; the message has both the problem and the remedy. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly problem: string;
  /** What to change, and where. */
  readonly remedy: string;

  constructor(problem: string, remedy: string, options: ErrorOptions = {}) {
    super(`${problem}; ${remedy}`, options);
    this.problem = problem;
    this.remedy = remedy;
  }
}

/** There is no token now, and may be one in a moment: the forge is away or busy. The message says so in a sentence. */
export class TokenDelayed extends Error {
  override readonly name = 'TokenDelayed';
  /** When the forge wants to be asked again; undefined when it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}
