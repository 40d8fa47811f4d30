import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ProgramUsage } from './driver-event.ts';
import { toldUsage } from './usage-tally.ts';

const usageName = 'usage.json';
const pauseMs = 2_000;

/** Tells the executor what a run has used so far, while it goes on. What it used in all stands in its outcome. */
export interface UsageFile extends Disposable {
  /** Replaces what was told before, at once or within two seconds; of what comes faster than that, the last counts. */
  tell(usage: ProgramUsage): void;
}

/** `usage.json` in the phase's folder, which is whole at any time. */
export function createUsageFile(folder: string): UsageFile {
  let untold: ProgramUsage | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function write(usage: ProgramUsage): Promise<void> {
    const temporary = join(folder, `${usageName}.tmp`);
    // The agent may have left something else of that name.
    await rm(temporary, { recursive: true, force: true });
    await writeFile(temporary, JSON.stringify(toldUsage(usage)), { flag: 'wx', mode: 0o600 });
    await rename(temporary, join(folder, usageName));
  }

  async function writeOn(): Promise<void> {
    const usage = untold;
    untold = undefined;
    // What cannot be told now, on a full disk say, is told with the next usage, and at the end by the outcome.
    if (usage) await write(usage).catch(() => undefined);
    timer = usage && setTimeout(() => void writeOn(), pauseMs);
  }

  return {
    tell(usage) {
      untold = usage;
      if (timer) return;
      timer = setTimeout(() => void writeOn(), 0);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
