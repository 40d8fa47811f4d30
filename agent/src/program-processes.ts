import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const markName = 'VERVE_PROGRAM';
const lookMs = 20;
/** Processes may be made while others are looked for. */
const killRounds = 50;

/**
 * A program with all that it started: the agent's, or git. It stays in the phase's process group, so that whoever ends
 * the phase ends it too; so its own processes are told from the runner by descent and by a mark in their environment,
 * which one that left its parent and its session still has. One that wiped its environment as well is left to who ends
 * the phase. Without `/proc` only the program itself is known.
 */
export interface ProgramProcesses {
  /** Added to the program's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The program was started, just now. Its number counts until it has ended: then another process may have it. */
  began(child: ChildProcess): void;
  /**
   * SIGINT, SIGTERM and SIGKILL to all of them, each after the grace in ms. Resolves when they are gone. `hasSigint`: their
   * group got SIGINT with the runner; a second one would mean to many programs that they must not tidy up.
   */
  stop(graceMs: number, hasSigint: boolean): Promise<void>;
  /** SIGKILL to what the program has left behind. Resolves when it is gone. */
  end(): Promise<void>;
}

/** Prepares to keep count of a program's processes. */
export function createProgramProcesses(): ProgramProcesses {
  const mark = randomUUID();
  let hasBegun = false;
  let program: ProgramIdentity | undefined;

  function alive(): readonly number[] {
    if (!hasBegun) return [];
    const entries = listProcesses();
    if (!entries) return program && trySignal(program.pid, 0) ? [program.pid] : [];
    const members = descendantsOf(program, entries);
    const here = entries.map(({ pid }) => pid).filter((pid) => pid !== process.pid);
    return here.filter((pid) => members.has(pid) || hasMark(pid, `${markName}=${mark}`));
  }

  function signalAll(signal: NodeJS.Signals): void {
    for (const pid of alive()) trySignal(pid, signal);
  }

  async function waitUntilGone(graceMs: number): Promise<boolean> {
    const untilMs = performance.now() + graceMs;
    while (alive().length > 0 && performance.now() < untilMs) await wait(lookMs);
    return alive().length === 0;
  }

  async function end(): Promise<void> {
    for (let round = 0; round < killRounds && alive().length > 0; round++) {
      signalAll('SIGKILL');
      await wait(lookMs);
    }
  }

  return {
    environment: { [markName]: mark },
    began(child) {
      if (child.pid === undefined) return;
      hasBegun = true;
      program = { pid: child.pid, startedAt: readEntry(child.pid)?.startedAt };
      child.once('exit', () => (program = undefined));
    },
    async stop(graceMs, hasSigint) {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        if (signal !== 'SIGINT' || !hasSigint) signalAll(signal);
        if (await waitUntilGone(graceMs)) return;
      }
      await end();
    },
    end,
  };
}

/** A process that is not mistaken for a later one of the same number. */
interface ProgramIdentity {
  readonly pid: number;
  /** Clock ticks since the machine's start; undefined where that cannot be known. */
  readonly startedAt: string | undefined;
}

interface Entry extends ProgramIdentity {
  readonly parent: number;
}

/** The program, as long as it is the one that was started, and all below it. */
export function descendantsOf(
  program: ProgramIdentity | undefined,
  entries: readonly Entry[],
): ReadonlySet<number> {
  const root = entries.find(({ pid, startedAt }) => pid === program?.pid && startedAt === program.startedAt);
  if (!root) return new Set();
  const members = new Set([root.pid]);
  // A child mostly has a greater number than its parent, but numbers begin anew; so until nothing is added.
  for (let before = 0; before !== members.size;) {
    before = members.size;
    addChildren(members, entries);
  }
  return members;
}

function addChildren(members: Set<number>, entries: readonly Entry[]): void {
  for (const { pid, parent } of entries) if (members.has(parent)) members.add(pid);
}

/** Every process but the zombies, which have ended; undefined where that cannot be known. */
function listProcesses(): readonly Entry[] | undefined {
  try {
    return readdirSync('/proc').flatMap((name) =>
      /^\d+$/.test(name) ? (readEntry(Number(name)) ?? []) : [],
    );
  } catch {
    return undefined;
  }
}

function readEntry(pid: number): Entry | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The name before the state may hold anything in its brackets.
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || state === '' || state === 'Z') return undefined;
  return { pid, parent: Number(parent), startedAt: rest[17] };
}

function hasMark(pid: number, mark: string): boolean {
  return readText(`/proc/${pid}/environ`).split('\0').includes(mark);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
