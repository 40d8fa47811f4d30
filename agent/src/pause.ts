import { setTimeout as wait } from 'node:timers/promises';

/** Waits for that many ms, or less when the signal says so; never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
