import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const markName = 'VERVE_PROGRAM';
const lookMs = 20;
/** Processes may be made while others are looked for. */
const killRounds = 50;

/**
 * A program with all that it started: the agent's, or git. It stays in the phase's process group, so that whoever ends the phase ends it too;
 * so its own processes are told from the runner by descent and by a mark in their environment, which one that left its
 * parent and its session still has. One that wiped its environment as well is left to who ends the phase. Without
 * `/proc` only the program itself is known.
 */
export interface ProgramProcesses {
  /** Added to the program's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The program was started. */
  began(pid: number): void;
  /** SIGINT, SIGTERM and SIGKILL to all of them, each after the grace in ms. Resolves when they are gone. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL to what the program has left behind. Resolves when it is gone. */
  end(): Promise<void>;
}

/** Prepares to keep count of a program's processes. */
export function createProgramProcesses(): ProgramProcesses {
  const mark = randomUUID();
  let program: number | undefined;

  function alive(): readonly number[] {
    return program === undefined ? [] : membersOf(program, `${markName}=${mark}`);
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
    began: (pid) => (program = pid),
    async stop(graceMs) {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        signalAll(signal);
        if (await waitUntilGone(graceMs)) return;
      }
      await end();
    },
    end,
  };
}

interface Entry {
  readonly pid: number;
  readonly parent: number;
}

function membersOf(program: number, mark: string): readonly number[] {
  const entries = listProcesses();
  if (!entries) return trySignal(program, 0) ? [program] : [];
  const members = new Set([program]);
  // A child mostly has a greater number than its parent, but numbers begin anew; so until nothing is added.
  for (let before = 0; before !== members.size;) {
    before = members.size;
    for (const { pid, parent } of entries) if (members.has(parent)) members.add(pid);
  }
  const here = entries.map(({ pid }) => pid).filter((pid) => pid !== process.pid);
  return here.filter((pid) => members.has(pid) || hasMark(pid, mark));
}

/** Every process but the zombies, which have ended; undefined where that cannot be known. */
function listProcesses(): readonly Entry[] | undefined {
  try {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      const stat = readText(`/proc/${name}/stat`);
      // The name before the state may hold anything in its brackets.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === undefined || state === '' || state === 'Z'
        ? []
        : [{ pid: Number(name), parent: Number(parent) }];
    });
  } catch {
    return undefined;
  }
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
