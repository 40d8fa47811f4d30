import { ApiError, type Client, type Outcome } from '@verve/contract';
import type { Logger } from 'pino';

import { AttemptLost } from './attempt-parts.ts';
import { plain } from './outcome.ts';
import { persist } from './retry.ts';

/** How an attempt at a task ended. */
interface Completion {
  readonly taskId: string;
  readonly outcome: Outcome;
}

/**
 * Tells the server how an attempt ended, until it takes it. An equal repeat is fine, so it may be told again after a
 * crash. Throws AttemptLost when the server wants this outcome no more.
 */
export async function complete(
  { client, logger }: { readonly client: Client; readonly logger: Logger },
  { taskId, outcome }: Completion,
  signal: AbortSignal,
): Promise<void> {
  const send = async (body: Outcome): Promise<unknown> =>
    persist(
      { call: 'complete', logger },
      async () => client.call('completeTask', { params: { id: taskId }, body, signal }),
      signal,
    );
  try {
    await send(outcome).catch(async (error: unknown) => send(secondTry(outcome, error)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new AttemptLost(`the server does not take the outcome: ${error.message}`, { cause: error });
  }
}

/** What to say instead. Throws the error when there is nothing more to say. */
function secondTry(outcome: Outcome, error: unknown): Outcome {
  if (error instanceof ApiError && error.status === 400) return plain(outcome);
  if (error instanceof ApiError && error.conflict?.kind === 'Hole') {
    return { ...outcome, lastSeq: error.conflict.expectedSeq - 1 };
  }
  throw error;
}
