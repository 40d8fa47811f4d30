import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { z } from 'zod';

/** A process that leads its group, told apart from a later one with the same number. */
export const groupLeader = z.object({
  pid: z.int().min(2),
  /** When the kernel started it; undefined where that cannot be known. */
  startedAt: z.string().optional(),
  /** The boot of the machine; undefined where that cannot be known. */
  bootId: z.string().optional(),
});
export type GroupLeader = z.infer<typeof groupLeader>;

/** Describes a process of this machine. Linux tells its start; elsewhere the number has to do. */
export function describeProcess(pid: number): GroupLeader {
  const startedAt = startOf(pid);
  const bootId = readText('/proc/sys/kernel/random/boot_id')?.trim();
  return { pid, ...(startedAt !== undefined && { startedAt }), ...(bootId !== undefined && { bootId }) };
}

/** The process is alive and still the same one. */
export function isAlive(leader: GroupLeader): boolean {
  if (!canSignal(leader.pid)) return false;
  const now = describeProcess(leader.pid);
  return now.startedAt === leader.startedAt && now.bootId === leader.bootId && !isZombie(leader.pid);
}

/** Sends a signal to every process of the group, when there is one that can only be this leader's. */
export function signalGroup(leader: GroupLeader, signal: NodeJS.Signals): void {
  if (isGroupAlive(leader)) trySignal(-leader.pid, signal);
}

/** Stops the group: SIGINT, SIGTERM and SIGKILL, each after the grace in ms. Resolves when it is gone. */
export async function stopGroup(leader: GroupLeader, graceMs: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    signalGroup(leader, signal);
    const endMs = performance.now() + graceMs;
    while (isGroupAlive(leader) && performance.now() < endMs) await wait(20);
    if (!isGroupAlive(leader)) return;
  }
  // What the kernel has not ended yet cannot be ended any harder.
}

/** Something of the group is alive, its leader or what it left behind. */
function isGroupAlive(leader: GroupLeader): boolean {
  if (isAlive(leader)) return true;
  if (describeProcess(process.pid).bootId !== leader.bootId) return false;
  const startedAt = startOf(leader.pid);
  // A number with another process behind it was given away again; so was that group.
  if (startedAt !== undefined && startedAt !== leader.startedAt) return false;
  return hasMembers(leader.pid);
}

/** A zombie is a member that signals reach and that will never go by itself, so it does not count. */
function hasMembers(group: number): boolean {
  if (!canSignal(-group)) return false;
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

function canSignal(pid: number): boolean {
  return trySignal(pid, 0);
}

function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** State and start from `/proc/<pid>/stat`, whose second field may hold anything in its brackets. */
function statOf(pid: number): readonly string[] | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

function isZombie(pid: number): boolean {
  return statOf(pid)?.[0] === 'Z';
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
