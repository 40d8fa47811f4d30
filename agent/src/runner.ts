import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, pipeline, type Readable } from 'node:stream';

import type { RunSpec } from '@verve/contract';
import { limits } from '@verve/contract/limits';

import { createBackground, type Background } from './background.ts';
import type { Bounds } from './bounds.ts';
import { overspent } from './budget.ts';
import type { ProgramUsage } from './driver-event.ts';
import type { Driver, Preparation, ProgramEnd, ProgramExit } from './driver.ts';
import { createEventAssembly } from './event-assembly.ts';
import type { EventLog } from './event-log.ts';
import { openEventsFile } from './events-file.ts';
import { createIntake, type Intake } from './intake.ts';
import { PhaseFailed } from './outcome.ts';
import { noClock, startOutputClock } from './output-clock.ts';
import { pause } from './pause.ts';
import type { Printer } from './printer.ts';
import { createProgramProcesses } from './program-processes.ts';
import { createUsageFile } from './usage-file.ts';

const aheadBytes = 1024 * 1024;

/** What the runner needs. */
export interface Running {
  readonly driver: Driver;
  readonly preparation: Preparation;
  readonly tree: string;
  /** Of the run's own, outside the tree: for the events file. */
  readonly scratch: string;
  /** For the events as they were. */
  readonly log: EventLog;
  readonly environment: Readonly<Record<string, string>>;
  readonly spec: Pick<RunSpec, 'agent' | 'logLevel'>;
  /** Where `usage.json` tells what the run has used so far. */
  readonly out: string;
  readonly bounds: Bounds;
  readonly printer: Printer;
}

/** How the program ended. */
export interface RunnerResult extends ProgramEnd {
  /** What the run has used; undefined: nothing was told. */
  readonly usage: ProgramUsage | undefined;
  /** Why the runner stopped it, if it did: it was silent for too long, it spent too much, or the phase was told to stop. */
  readonly stop?: 'stalled' | 'overspent' | 'told';
  /** What it spent, for a person, where that stopped it. */
  readonly overspent?: string;
  /** Why what it says could not be taken in any more; a program that was still running was stopped for it. */
  readonly failure?: PhaseFailed;
}

/**
 * Starts the driver's program in the tree and passes its words on, as the log level has it, until it ends, is silent for
 * too long, or the signal comes. Nothing that the program started is left then.
 */
export async function runProgram(running: Running, signal: AbortSignal): Promise<RunnerResult> {
  const { driver, preparation, bounds, scratch, printer, spec, out } = running;
  const { logLevel, agent } = spec;
  const { stallSeconds } = agent;
  const background = createBackground();
  const warn = (text: string): void => {
    if (logLevel !== 'states') void background.begin(async () => printer.print('e', text));
  };
  const path = join(scratch, 'events.jsonl');
  await using eventsFile =
    preparation.hasEventsFile === true ? await openEventsFile(path, bounds.eventBytes, warn) : undefined;
  const processes = createProgramProcesses();
  const stalled = new AbortController();
  const spent = new AbortController();
  using usageFile = createUsageFile(out);
  const onUsage = (usage: ProgramUsage): void => {
    usageFile.tell(usage);
    const why = overspent(agent, usage);
    if (why !== undefined) spent.abort(why);
  };
  using clock =
    stallSeconds === undefined ? noClock : startOutputClock(stallSeconds * 1_000, () => stalled.abort());

  const child = start(running, { ...(eventsFile && { VERVE_EVENTS_FILE: path }), ...processes.environment });
  processes.began(child);
  const ended = exitOf(child, preparation.argv[0]);
  const assembly = createEventAssembly(agent.price, onUsage);
  // Output that is words is cut as the log does; an event is whole or none.
  const lineBytes = preparation.hasEventsFile === true ? limits.lineBytes : bounds.eventLineBytes;
  const parts = { driver, log: running.log, logLevel, printer };
  const intake = createIntake({ ...parts, lineBytes, assembly, clock, eventsFile });
  const reading = startReading({ intake, background, child });
  const stop = await stopOf(ended, {
    stalled: stalled.signal,
    overspent: spent.signal,
    told: signal,
    failed: background.failed,
  });
  // Whoever tells the phase to stop tells its whole group, of which the program is.
  if (stop) await processes.stop(bounds.stopGraceMs, stop === 'told');
  const exit = await ended;
  await processes.end();
  const { drainMs } = bounds;
  await reading.end(async (over) =>
    // Who tells it to stop does not wait for long.
    stop === undefined ? intake.silence(drainMs, over) : pause(drainMs, over),
  );
  const failure = failureOf(background.failed);
  return {
    exit,
    events: intake.events(),
    lastLines: intake.lastLines(),
    usage: assembly.usage(),
    ...(stop === 'overspent' && { overspent: String(spent.signal.reason) }),
    ...(stop !== undefined && stop !== 'failed' && { stop }),
    ...(failure && { failure }),
  };
}

function start({ preparation, tree, environment }: Running, own: Readonly<Record<string, string>>): Spawned {
  const [program, ...args] = preparation.argv;
  const child = spawn(program, args, {
    cwd: tree,
    // Some work where this says rather than where they are started.
    env: { ...environment, PWD: tree, ...preparation.environment, ...own },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A program need not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(preparation.stdin ?? '');
  return child;
}

type Spawned = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

async function exitOf(child: ChildProcess, program: string): Promise<ProgramExit> {
  return new Promise((resolve) => {
    child.once('error', (error) =>
      resolve({ kind: 'notStarted', message: `cannot start ${program}: ${error.message}` }),
    );
    child.once('exit', (code, signal) =>
      resolve(code === null ? { kind: 'signaled', signal: signal ?? 'a signal' } : { kind: 'exited', code }),
    );
  });
}

interface Reading {
  /** Takes in what is left of a program that has ended; where somebody else holds its output, until that is waited for. */
  end(waited: (over: AbortSignal) => Promise<void>): Promise<void>;
}

function startReading(of: { intake: Intake; background: Background; child: Spawned }): Reading {
  const { intake, background, child } = of;
  const over = new AbortController();
  const cutOff = new AbortController();
  const read = Promise.all([
    background.begin(async () => intake.read('o', readAhead(child.stdout), cutOff.signal)),
    background.begin(async () => intake.read('e', readAhead(child.stderr), cutOff.signal)),
  ]);
  const followed = background.begin(async () => intake.follow(over.signal));

  async function cutOffAfter(waited: Promise<void>): Promise<void> {
    await waited;
    cutOff.abort();
    child.stdout.destroy();
    child.stderr.destroy();
  }

  return {
    async end(waited) {
      const isRead = new AbortController();
      void cutOffAfter(waited(isRead.signal));
      await read;
      isRead.abort();
      over.abort();
      await followed;
      await background.begin(async () => intake.finish());
      await background.settle();
    },
  };
}

/**
 * Takes a program's output from it before it is needed, up to a bound: some programs end at once after their last words,
 * and lose what nobody had taken by then.
 */
function readAhead(output: Readable): Readable {
  const ahead = new PassThrough({ highWaterMark: aheadBytes });
  // Whoever reads hears of an error.
  pipeline(output, ahead, () => undefined);
  return ahead;
}

type Stop = 'stalled' | 'overspent' | 'told' | 'failed';

/** Which of the signals comes before the end; undefined: none. */
async function stopOf(
  ended: Promise<ProgramExit>,
  signals: Readonly<Record<Stop, AbortSignal>>,
): Promise<Stop | undefined> {
  const { promise, resolve } = Promise.withResolvers<Stop | undefined>();
  const { told, stalled, overspent: spent, failed } = signals;
  const onTold = (): void => resolve('told');
  told.addEventListener('abort', onTold);
  if (told.aborted) onTold();
  stalled.addEventListener('abort', () => resolve('stalled'));
  spent.addEventListener('abort', () => resolve('overspent'));
  failed.addEventListener('abort', () => resolve('failed'));
  void ended.then(() => resolve(undefined));
  try {
    return await promise;
  } finally {
    told.removeEventListener('abort', onTold);
  }
}

function failureOf({ aborted, reason }: AbortSignal): PhaseFailed | undefined {
  if (!aborted || reason instanceof PhaseFailed) return aborted ? reason : undefined;
  const why = reason instanceof Error ? reason.message : String(reason);
  return new PhaseFailed('AgentFailed', `what the agent says cannot be taken in: ${why}`, { cause: reason });
}
