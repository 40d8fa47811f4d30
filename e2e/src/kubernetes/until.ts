import { setTimeout as pause } from 'node:timers/promises';

const lookMs = 250;
const longestMs = 300_000;

/** Resolves when something that is looked at has come to be; throws when that takes minutes. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + longestMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`it did not happen that ${what}`);
    await pause(lookMs);
  }
}
