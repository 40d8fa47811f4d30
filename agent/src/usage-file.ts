import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ProgramUsage } from './driver-event.ts';

const usageName = 'usage.json';
const pauseMs = 1_000;

/** Tells the executor what a run has used so far, while it goes on. */
export interface UsageFile {
  /** Replaces what was told before; not more often than once a second, so that the last may be missing at the end. */
  write(usage: ProgramUsage): Promise<void>;
}

/** `usage.json` in the phase's folder, which is whole at any time. What the run used in all stands in its outcome. */
export function createUsageFile(folder: string): UsageFile {
  let writtenAtMs = -Infinity;
  let writing = Promise.resolve();

  async function replace(usage: ProgramUsage): Promise<void> {
    const { cachedInputTokens: _cached, ...told } = usage;
    const temporary = join(folder, `${usageName}.tmp`);
    // The agent may have left something else of that name.
    await rm(temporary, { recursive: true, force: true });
    await writeFile(temporary, JSON.stringify(told), { flag: 'wx', mode: 0o600 });
    await rename(temporary, join(folder, usageName));
  }

  return {
    async write(usage) {
      const nowMs = performance.now();
      if (nowMs - writtenAtMs < pauseMs) return;
      writtenAtMs = nowMs;
      // What cannot be told now (a full disk) is told with the next usage, and at the end by the outcome.
      writing = writing.then(async () => replace(usage)).catch(() => undefined);
      await writing;
    },
  };
}
