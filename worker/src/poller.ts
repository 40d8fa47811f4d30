import { limits, type AttemptRef, type Claim, type Client, type PollAnswer } from '@verve/contract';
import type { Logger } from 'pino';

import type { Limiter } from './limiter.ts';
import { pause } from './pause.ts';
import { persist } from './retry.ts';

/** A refusal passes when the worker has registered again, or an operator has mended what is wrong. */
const refusedMs = 1_000;

/** What polling takes, and where its findings go. */
export interface Polling {
  readonly client: Client;
  /** The worker as the server knows it now. */
  readonly workerId: () => string;
  readonly limiter: Limiter;
  readonly logger: Logger;
  /** Takes a claim over at once; must take its slot before it returns. */
  take(claim: Claim): void;
  cancel(ref: AttemptRef): void;
}

/**
 * Asks for claims, as many as there are free slots, and for cancellations, until the signal. A poll that may bring a
 * claim is ended by the signal alone: a claim on its way would be lost for a while.
 */
export async function poll(polling: Polling, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pollOnce(polling, signal);
}

async function pollOnce(polling: Polling, signal: AbortSignal): Promise<void> {
  const { limiter, logger } = polling;
  const slots = Math.min(limiter.free, limits.pollSlots);
  const until = slots > 0 ? signal : AbortSignal.any([signal, limiter.nextRelease()]);
  try {
    const answer = await persist({ call: 'poll', logger }, async () => ask(polling, slots, until), until);
    for (const ref of answer?.cancels ?? []) polling.cancel(ref);
    for (const claim of (answer?.claims ?? []).slice(0, slots)) polling.take(claim);
  } catch (error) {
    if (until.aborted) return;
    logger.error({ err: error }, 'poll refused; trying again');
    await pause(refusedMs, signal);
  }
}

async function ask(
  { client, workerId }: Polling,
  slots: number,
  signal: AbortSignal,
): Promise<PollAnswer | undefined> {
  const query = { workerId: workerId(), slots: String(slots), waitSeconds: String(limits.pollSeconds) };
  return client.call('pollTasks', { query, signal });
}
