import { setTimeout as wait } from 'node:timers/promises';

import { retryLine } from '@verve/contract/retry-line';

/** How something is repeated. */
export interface Repetition {
  /** No try begins after this, ms of `performance.now()`. */
  readonly untilMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Why an error may pass, to be told; undefined when it will not. */
  readonly whyTransient: (error: unknown) => Promise<string | undefined>;
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Does something until it succeeds, fails for good, or time is over; the last error is thrown. */
export async function repeat<T>(repetition: Repetition, step: () => Promise<T>): Promise<T> {
  let pauseMs = repetition.firstPauseMs;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      await pauseAfter(error, pauseMs, repetition);
    }
    pauseMs = Math.min(pauseMs * 2, repetition.longestPauseMs);
  }
}

async function pauseAfter(error: unknown, pauseMs: number, repetition: Repetition): Promise<void> {
  const { untilMs, whyTransient, tell, signal } = repetition;
  signal.throwIfAborted();
  const why = await whyTransient(error);
  if (why === undefined || performance.now() + pauseMs >= untilMs) throw error;
  tell(`${retryLine(why, pauseMs)}\n`);
  await wait(pauseMs, undefined, { signal });
}
