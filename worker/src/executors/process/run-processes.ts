import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { trySignal } from '../../process-identity.ts';

/** What the kernel has not ended by then cannot be ended any harder. */
const patienceMs = 5_000;

/**
 * Kills what is alive of phases, by the HOME that each was given: also what has left the phase's process group, and a
 * supervisor that has yet to begin; not the process that is spared. Resolves when there is none. Only Linux tells the environment of a process;
 * elsewhere, and for a program that gave up its HOME too, the group has to do.
 */
export async function killProcessesOf(homes: readonly string[], spared?: number): Promise<void> {
  const entries = homes.map((home) => `HOME=${home}`);
  const endMs = performance.now() + patienceMs;
  while (performance.now() < endMs) {
    const found = processesWith(entries).filter((pid) => pid !== spared);
    if (found.length === 0) return;
    for (const pid of found) trySignal(pid, 'SIGKILL');
    await wait(20);
  }
}

/** A zombie has no environment any more. */
function processesWith(entries: readonly string[]): readonly number[] {
  const pids = readNames('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    const environment = readEnvironment(pid);
    return entries.some((entry) => environment.includes(entry));
  });
}

function readEnvironment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function readNames(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
