import { readFileSync, readlinkSync } from 'node:fs';

import { codeOf } from './file-error.ts';

/** A process of this machine, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the kernel started it; undefined where that cannot be known. */
  readonly startedAt?: string | undefined;
  /** The boot of the machine; undefined where that cannot be known. */
  readonly bootId?: string | undefined;
}

/** Describes a process of this machine. Linux tells its start; elsewhere the number has to do. */
export function describeProcess(pid: number): ProcessIdentity {
  const startedAt = statOf(pid)?.[19];
  const bootId = readBootId();
  return { pid, ...(startedAt !== undefined && { startedAt }), ...(bootId !== undefined && { bootId }) };
}

/** Names this start of the machine; undefined where that cannot be known. */
export function readBootId(): string | undefined {
  return readText('/proc/sys/kernel/random/boot_id')?.trim();
}

/**
 * Names where numbers of processes mean the same: one boot of one machine, and of it one container. Undefined where that
 * cannot be known.
 */
export function machineOf(): string | undefined {
  const bootId = readBootId();
  return bootId === undefined ? undefined : `${bootId} ${readLink('/proc/self/ns/pid') ?? ''}`;
}

/**
 * The process is alive and still the same one, or cannot be looked at. A zombie is not: it has ended and waits for its
 * parent alone.
 */
export function isAlive(identity: ProcessIdentity): boolean {
  if (!trySignal(identity.pid, 0) || readBootId() !== identity.bootId) return false;
  const stat = statOf(identity.pid);
  // It ended just now, or the system hides the processes of other users.
  if (stat === undefined) return trySignal(identity.pid, 0);
  return stat[19] === identity.startedAt && stat[0] !== 'Z';
}

/**
 * Sends a signal to a process, or with a negative number to a group; false when there is none. One that belongs to
 * another user is there, and takes none.
 */
export function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    if (codeOf(error) === 'EPERM') return true;
    throw error;
  }
}

/**
 * The fields of `/proc/<pid>/stat` from the state on (state, parent, group, …): the name before them may hold anything
 * in its brackets. Undefined when there is no such process, or no `/proc`.
 */
export function statOf(pid: number): readonly string[] | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
