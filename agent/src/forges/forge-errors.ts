import { PhaseFailed } from '../outcome.ts';

/** The forge did not answer, or said that it cannot now; it may in a moment. */
export class ForgeAway extends Error {
  override readonly name = 'ForgeAway';
}

/** The forge takes no more calls for a while. */
export class ForgeLimited extends Error {
  override readonly name = 'ForgeLimited';
  /** How long to wait, ms. */
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

/** The forge answered, and not with what was asked for. The message has its words, of a bounded length. */
export class ForgeRefused extends Error {
  override readonly name = 'ForgeRefused';
  readonly status: number;
  readonly headers: Headers;

  constructor(status: number, words: string, headers: Headers) {
    super(words);
    this.status = status;
    this.headers = headers;
  }
}

/** The end of a publish that opens no pull request. */
export function pullRequestFailed(sentence: string, cause?: unknown): PhaseFailed {
  return new PhaseFailed('PullRequestFailed', sentence, { cause });
}
