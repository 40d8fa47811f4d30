import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { processesOf } from '../programs.ts';

/** Ids of the processes that have to do with a folder. */
export function processesIn(folder: string): number[] {
  return (processesOf(folder) ?? []).map(Number);
}

/** Whether a process is a publish phase, or leads one. */
export function isPublish(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith('\0publish\0');
  } catch {
    return false;
  }
}

/** `kill -9` of those that are there still. */
export function killAtOnce(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** Kills until none is left that has to do with a folder. */
export async function killAll(folder: string): Promise<void> {
  for (let left = processesIn(folder); left.length > 0; left = processesIn(folder)) {
    killAtOnce(left);
    await pause(50);
  }
}
