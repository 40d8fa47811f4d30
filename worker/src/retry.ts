import { setTimeout as wait } from 'node:timers/promises';

import { ApiError, ServerUnreachable } from '@verve/contract';
import type { Logger } from 'pino';

const firstDelayMs = 200;
const longestDelayMs = 10_000;

/** Where retries are told, and in which words. */
export interface Retrying {
  /** Constant words for the log. */
  readonly call: string;
  readonly logger: Logger;
  /** What a failure means and how to mend it; absent: the error's own words. */
  readonly explain?: (error: unknown) => { readonly message: string; readonly fix: string };
  /** Whether a refusal that is final elsewhere may pass here; absent: none may. */
  readonly mayPass?: (refusal: ApiError) => boolean;
}

/**
 * Makes a call to the server until it is answered: a server that is away, busy or does not know the key right now is
 * no error but a matter of time. Any other refusal is thrown as it is, and so is an aborted signal's: its reason, or an AbortError with it as the cause.
 */
export async function persist<T>(
  { call, logger, explain, mayPass = () => false }: Retrying,
  make: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let tries = 0;
  let told = '';

  async function makeOnce(): Promise<T> {
    const answer = await make();
    if (tries > 0) logger.info({ call, tries }, 'the server answers again');
    return answer;
  }

  /** Waits before the next try; throws what is no matter of time. */
  async function bear(error: unknown): Promise<void> {
    if (!isMatterOfTime(error) && !(error instanceof ApiError && mayPass(error))) throw error;
    tell(error);
    await wait(delayMs(error, tries), undefined, { signal });
    tries += 1;
  }

  /** Once for each kind of trouble; where it is explained, once for each explanation. */
  function tell(error: unknown): void {
    const words = sayOf(error);
    const explained = explain?.(error);
    const gist = `${words} ${explained?.message}`;
    if (gist === told) return;
    told = gist;
    const why = explained ? { why: explained.message, fix: explained.fix } : { why: String(error) };
    logger.warn({ call, ...why }, words);
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
  return error instanceof ApiError && (error.isTransient || isOfKey(error));
}

function isOfKey({ status }: ApiError): boolean {
  return status === 401 || status === 403;
}

/** The key is no matter that mends itself, nor is an address, but a person may be about to mend it. */
function sayOf(error: unknown): string {
  if (!(error instanceof ApiError) || error.isTransient) return 'the server does not answer; trying on';
  return isOfKey(error) && error.code !== 'Unknown'
    ? 'the server does not take the key; trying on'
    : 'no Verve server answers; trying on';
}

/** Doubles up to a bound, spread so that many workers do not come back at once. */
function delayMs(error: unknown, tries: number): number {
  const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  const doubled = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(tries, 10));
  return Math.max(asked, doubled * (0.5 + Math.random() / 2));
}
