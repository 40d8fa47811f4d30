import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, ServerUnreachable } from '@verve/contract';
import type { Logger } from 'pino';

const firstDelayMs = 200;
const longestDelayMs = 10_000;

/** Where retries are told. */
export interface Retrying {
  /** Constant words for the log. */
  readonly call: string;
  readonly logger: Logger;
}

/**
 * Makes a call to the server until it is answered: a server that is away, busy or does not know the key right now is
 * no error but a matter of time. Any other refusal is thrown as it is, and so is an aborted signal's: its reason, or an AbortError with it as the cause.
 */
export async function persist<T>(
  { call, logger }: Retrying,
  make: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let tries = 0;

  async function makeOnce(): Promise<T> {
    const answer = await make();
    if (tries > 0) logger.info({ call, tries }, 'the server answers again');
    return answer;
  }

  /** Waits before the next try; throws what is no matter of time. */
  async function bear(error: unknown): Promise<void> {
    if (!isMatterOfTime(error)) throw error;
    if (tries === 0) logger.warn({ call, why: String(error) }, sayOf(error));
    await wait(delayMs(error, tries), undefined, { signal });
    tries += 1;
  }

  for (;;) {
    signal.throwIfAborted();
    try {
      return await makeOnce();
    } catch (error) {
      await bear(error);
    }
  }
}

function isMatterOfTime(error: unknown): boolean {
  if (error instanceof ServerUnreachable) return true;
  return error instanceof ApiError && (error.isTransient || error.status === 401 || error.status === 403);
}

/** The key is no matter that mends itself, but a person may be about to mend it. */
function sayOf(error: unknown): string {
  const isRefusal = error instanceof ApiError && !error.isTransient;
  return isRefusal ? 'the server does not take the key; trying on' : 'the server does not answer; trying on';
}

/** Doubles up to a bound, spread so that many workers do not come back at once. */
function delayMs(error: unknown, tries: number): number {
  const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  const doubled = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(tries, 10));
  return Math.max(asked, doubled * (0.5 + Math.random() / 2));
}
