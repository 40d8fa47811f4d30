import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { processesOf } from './processes.ts';

const longestMs = 100_000;
const graceMs = 10_000;
const pollMs = 100;
/** What has not ended this long after its parent will not. */
const settleMs = 2000;
/** So long a tool has run when it is interrupted, so that what it said has arrived. */
const begunMs = 1000;

/** How a program ended, in the form that drivers are handed. */
type Exit = { kind: 'exited'; code: number } | { kind: 'signaled'; signal: string };

/** A program to run to its end. */
export interface Supervised {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly input: string;
  /** Named by the environment of all its processes. */
  readonly base: string;
  /** Absent: it is interrupted after 100 seconds. Else: as soon as a process with this command line runs. */
  readonly interruptAt?: string;
}

/** What it did. */
export interface Outcome {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** What it was sent, and after how many seconds. */
  readonly signals: readonly string[];
  /** How many of its processes outlived it; they are ended. */
  readonly orphans: number;
}

/** Runs a program, interrupts it when it is time, and ends what does not end. */
export async function runSupervised(options: Supervised): Promise<Outcome> {
  const begun = performance.now();
  const child = start(options);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const over = new AbortController();
  const ended = once(child, 'exit').finally(() => over.abort());
  function elapsed(): number {
    return Math.round((performance.now() - begun) / 100) / 10;
  }

  const stopped = untilTime(options, over.signal).then(() => stop(idOf(child), elapsed, over.signal));
  const [code, signal] = (await ended) as [number | null, string | null];
  const seconds = elapsed();
  const signals = await stopped;
  await sleep(settleMs);
  const orphans = processesOf(options.base);
  for (const orphan of orphans) process.kill(orphan, 'SIGKILL');
  const [stdout, stderr] = await outputs;
  const exit: Exit = code === null ? { kind: 'signaled', signal: signal ?? '' } : { kind: 'exited', code };
  return { exit, stdout, stderr, seconds, signals, orphans: orphans.length };
}

function start({ argv, folder, environment, input }: Supervised): ChildProcessWithoutNullStreams {
  const [program, ...args] = argv;
  const child = spawn(program, args, { cwd: folder, env: environment, stdio: 'pipe', detached: true });
  // Whoever ends early does not read all of it.
  child.stdin.on('error', () => undefined).end(input);
  return child;
}

function idOf(child: ChildProcessWithoutNullStreams): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} cannot be started`);
  return child.pid;
}

/** Resolves when the program is to be interrupted, or is over. */
async function untilTime({ base, interruptAt }: Supervised, over: AbortSignal): Promise<void> {
  if (interruptAt === undefined) return pause(longestMs, over);
  const tooLate = AbortSignal.any([over, AbortSignal.timeout(longestMs)]);
  while (!tooLate.aborted && processesOf(base, interruptAt).length === 0) await pause(pollMs, tooLate);
  await pause(begunMs, over);
}

/** Signals it ever harder until it is over; resolves to what it was sent. */
async function stop(id: number, elapsed: () => number, over: AbortSignal): Promise<string[]> {
  const signals: string[] = [];
  const ways: readonly [number, NodeJS.Signals][] = [
    [id, 'SIGINT'],
    [-id, 'SIGTERM'],
    [-id, 'SIGKILL'],
  ];
  for (const [whom, signal] of ways) {
    if (over.aborted) break;
    signals.push(`${signal} after ${elapsed()} s`);
    process.kill(whom, signal);
    await pause(graceMs, over);
  }
  return signals;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
