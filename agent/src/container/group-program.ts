import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

import type { ContainerEnd } from '@verve/contract/container';

import type { Environment } from '../config.ts';
import { pause } from '../pause.ts';

/** How a program ended. */
export type Exit = NonNullable<ContainerEnd['exit']>;

/** A program that leads a process group of its own. */
export interface GroupProgram {
  /** Undefined when it could not be started. */
  readonly outputs: { readonly stdout: Readable; readonly stderr: Readable } | undefined;
  readonly exit: Promise<Exit>;
  /** Aborted once it has ended. What it started may go on. */
  readonly gone: AbortSignal;
  /** To every process of its group; to nobody when there is none. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts it, without input. Never throws: why it cannot be started is its exit. */
export function startGroup(command: readonly string[], env: Environment): GroupProgram {
  const gone = new AbortController();
  const exit = Promise.withResolvers<Exit>();
  const child = trySpawn(command, env, (how) => {
    gone.abort();
    exit.resolve(how);
  });
  return {
    outputs: child?.stdout && child.stderr ? { stdout: child.stdout, stderr: child.stderr } : undefined,
    exit: exit.promise,
    gone: gone.signal,
    signal: (signal) => signalGroup(child?.pid, signal),
  };
}

/** SIGINT, SIGTERM and SIGKILL to its group, each after the grace in ms. Resolves when it has ended. */
export async function stopInSteps(program: GroupProgram, graceMs: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    program.signal(signal);
    await pause(graceMs, program.gone);
    if (program.gone.aborted) return;
  }
  program.signal('SIGKILL');
  await program.exit;
}

function trySpawn(
  [program = '', ...args]: readonly string[],
  env: Environment,
  onEnd: (exit: Exit) => void,
): ChildProcess | undefined {
  try {
    const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child.once('error', (error) => onEnd(cannotStart(error)));
    child.once('exit', (code, signal) => onEnd(code === null ? { signal: signal ?? '' } : { code }));
    return child;
  } catch (error) {
    onEnd(cannotStart(error));
    return undefined;
  }
}

/** Why nothing began, in a sentence. */
export function cannotStart(error: unknown): Exit {
  const why = error instanceof Error ? error.message : String(error);
  return { error: `cannot start: ${why}`.slice(0, 300) };
}

function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // There is nobody left.
  }
}
