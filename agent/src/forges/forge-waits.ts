import { setTimeout as wait } from 'node:timers/promises';

import { repeat, type Repetition } from '../retry.ts';
import { ForgeAway, ForgeLimited, pullRequestFailed } from './forge-errors.ts';

/**
 * Does something at a forge, again while it is away and once it takes calls again, within the repetition's time. Throws
 * PhaseFailed when that is over.
 */
export async function atForge<T>(repetition: Repetition, step: () => Promise<T>): Promise<T> {
  const whyTransient = async (error: unknown): Promise<string | undefined> =>
    error instanceof ForgeAway ? error.message : undefined;
  try {
    return await repeat({ ...repetition, whyTransient }, async () => waitingOut(repetition, step));
  } catch (error) {
    if (!(error instanceof ForgeAway)) throw error;
    throw pullRequestFailed(`the forge stayed away: ${error.message}; retry the task once it is back`, error);
  }
}

async function waitingOut<T>(repetition: Repetition, step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      await waitOut(error, repetition);
    }
  }
}

async function waitOut(error: unknown, { untilMs, tell, signal }: Repetition): Promise<void> {
  if (!(error instanceof ForgeLimited)) throw error;
  const { message, waitMs } = error;
  const until = new Date(Date.now() + waitMs).toISOString().replace(/\.\d+Z$/, 'Z');
  if (performance.now() + waitMs >= untilMs) {
    throw pullRequestFailed(`${message}. It will from ${until} on; retry the task then`, error);
  }
  tell(`${message}; waiting until ${until}\n`);
  await wait(waitMs, undefined, { signal });
}
