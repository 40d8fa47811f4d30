import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { processesOf } from './processes.ts';

const longestMs = 100_000;
const graceMs = 10_000;
const pollMs = 100;
/** What has not ended this long after its parent will not. */
const settleMs = 2000;

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
  const [program, ...args] = options.argv;
  const begun = performance.now();
  const signals: string[] = [];
  const child = spawn(program, args, {
    cwd: options.folder,
    env: options.environment,
    stdio: 'pipe',
    detached: true,
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  child.stdin.on('error', () => undefined).end(options.input);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const over = new AbortController();
  const ended = once(child, 'exit').finally(() => over.abort());

  const stopper = stop();
  const [code, signal] = (await ended) as [number | null, string | null];
  const seconds = elapsed();
  await stopper;
  await sleep(settleMs);
  const orphans = processesOf(options.base);
  for (const orphan of orphans) process.kill(orphan, 'SIGKILL');
  const [stdout, stderr] = await outputs;
  const exit: Exit = code === null ? { kind: 'signaled', signal: signal ?? '' } : { kind: 'exited', code };
  return { exit, stdout, stderr, seconds, signals, orphans: orphans.length };

  function elapsed(): number {
    return Math.round((performance.now() - begun) / 100) / 10;
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  }

  async function stop(): Promise<void> {
    await untilTime();
    const ways: readonly [number, NodeJS.Signals][] = [
      [pid ?? 0, 'SIGINT'],
      [-(pid ?? 0), 'SIGTERM'],
      [-(pid ?? 0), 'SIGKILL'],
    ];
    for (const [whom, how] of ways) {
      if (over.signal.aborted) return;
      signals.push(`${how} after ${elapsed()} s`);
      process.kill(whom, how);
      await pause(graceMs);
    }
  }

  async function untilTime(): Promise<void> {
    const { interruptAt } = options;
    if (interruptAt === undefined) return pause(longestMs);
    while (
      !over.signal.aborted &&
      elapsed() * 1000 < longestMs &&
      processesOf(options.base, interruptAt).length === 0
    )
      await pause(pollMs);
    await pause(1000);
  }
}
