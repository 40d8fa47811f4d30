import { ApiError, type AttemptRef, type Client, type Outcome } from '@verve/contract';
import type { Logger } from 'pino';

import { plain } from './outcome.ts';
import { persist } from './retry.ts';

/**
 * Tells the server how an attempt ended, until it takes it or says that the attempt is no longer its business. An
 * equal repeat is fine, so it may be told again after a crash.
 */
export async function complete(
  { client, logger }: { readonly client: Client; readonly logger: Logger },
  ref: AttemptRef,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  const send = async (body: Outcome): Promise<unknown> =>
    persist(
      { call: 'complete', logger },
      async () => client.call('completeTask', { params: { id: ref.taskId }, body, signal }),
      signal,
    );
  try {
    await send(outcome);
  } catch (error) {
    const again = secondTry(outcome, error);
    if (again) await send(again);
    else logger.warn({ ...ref, err: error }, 'the outcome is no longer wanted');
  }
}

/** What to say instead; undefined when there is nothing more to say. Throws what is no answer of the server. */
function secondTry(outcome: Outcome, error: unknown): Outcome | undefined {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 400) return plain(outcome);
  if (error.conflict?.kind === 'Hole') return { ...outcome, lastSeq: error.conflict.expectedSeq - 1 };
  return undefined;
}
