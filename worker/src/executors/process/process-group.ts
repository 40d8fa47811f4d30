import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { describeProcess, isAlive, statOf, trySignal, type ProcessIdentity } from '../../process-identity.ts';

/** Sends a signal to every process of the group, when there is one that can only be this leader's. */
function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isGroupAlive(leader)) trySignal(-leader.pid, signal);
}

/** Stops the group: SIGINT, SIGTERM and SIGKILL, each after the grace in ms. Resolves when it is gone. */
export async function stopGroup(leader: ProcessIdentity, graceMs: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    signalGroup(leader, signal);
    const endMs = performance.now() + graceMs;
    while (isGroupAlive(leader) && performance.now() < endMs) await wait(20);
    if (!isGroupAlive(leader)) return;
  }
  // What the kernel has not ended yet cannot be ended any harder.
}

/** Something of the group is alive, its leader or what it left behind. */
export function isGroupAlive(leader: ProcessIdentity): boolean {
  if (isAlive(leader)) return true;
  if (describeProcess(process.pid).bootId !== leader.bootId) return false;
  const startedAt = statOf(leader.pid)?.[19];
  // A number with another process behind it was given away again; so was that group.
  if (startedAt !== undefined && startedAt !== leader.startedAt) return false;
  return hasMembers(leader.pid);
}

/** A zombie is a member that signals reach and that will never go by itself, so it does not count. */
function hasMembers(group: number): boolean {
  if (!trySignal(-group, 0)) return false;
  const stats = listProcesses()?.map(statOf);
  return stats?.some((stat) => stat?.[2] === String(group) && stat[0] !== 'Z') ?? true;
}

function listProcesses(): readonly number[] | undefined {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return undefined;
  }
}
