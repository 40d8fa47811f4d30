import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

import { createLineSplitter, type LogLevel } from '@verve/contract';

import type { Bounds } from './bounds.ts';
import type { DriverEvent } from './driver-event.ts';
import type { Driver, Preparation, ProgramExit } from './driver.ts';
import { openEventLog, type EventLog } from './event-log.ts';
import { createEventMemory, type EventMemory } from './event-memory.ts';
import { openEventsFile, type EventsFile } from './events-file.ts';
import { noClock, startOutputClock, type OutputClock } from './output-clock.ts';
import type { Printer } from './printer.ts';
import { createProgramProcesses } from './program-processes.ts';
import { tellEvent, tellRaw } from './told.ts';

const eventsLookMs = 100;
/** What is left of a program's output once all of its processes were ended. */
const drainMs = 2_000;

/** What the runner needs. */
export interface Running {
  readonly driver: Driver;
  readonly preparation: Preparation;
  readonly tree: string;
  /** Of the run's own, outside the tree: for the events file. */
  readonly scratch: string;
  /** The phase's folder: for the events as they were. */
  readonly out: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
  readonly stallSeconds: number | undefined;
  readonly bounds: Bounds;
  readonly printer: Printer;
}

/** How the program ended and the last of its events. */
export interface RunnerResult {
  readonly exit: ProgramExit;
  readonly events: readonly DriverEvent[];
  /** Why the runner stopped it, if it did: it was silent for too long, or the phase was told to stop. */
  readonly stop?: 'stalled' | 'told';
}

/** One program while it runs. */
interface Program {
  readonly running: Running;
  readonly memory: EventMemory;
  readonly log: EventLog;
  readonly clock: OutputClock;
  readonly eventsFile: EventsFile | undefined;
  /** Events come from three places and are taken one after the other. */
  queue: Promise<void>;
}

/**
 * Starts the driver's program in the tree and passes its words on, as the log level has it, until it ends, is silent for
 * too long, or the signal comes. Nothing that the program started is left then.
 */
export async function runProgram(running: Running, signal: AbortSignal): Promise<RunnerResult> {
  const { preparation, bounds, stallSeconds, scratch, out, printer, logLevel } = running;
  const warn = (text: string): void => void (logLevel !== 'states' && printer.print('e', text));
  const path = join(scratch, 'events.jsonl');
  await using log = await openEventLog(out, bounds.eventBytes);
  await using eventsFile =
    preparation.hasEventsFile === true ? await openEventsFile(path, bounds.eventBytes, warn) : undefined;
  const processes = createProgramProcesses();
  const stalled = new AbortController();
  using clock =
    stallSeconds === undefined ? noClock : startOutputClock(stallSeconds * 1_000, () => stalled.abort());

  const child = start(running, { ...(eventsFile && { VERVE_EVENTS_FILE: path }), ...processes.environment });
  if (child.pid !== undefined) processes.began(child.pid);
  const program: Program = {
    running,
    memory: createEventMemory(),
    log,
    clock,
    eventsFile,
    queue: Promise.resolve(),
  };
  const ended = exitOf(child, preparation.argv[0]);
  const read = Promise.all([passOn(program, 'o', child.stdout), passOn(program, 'e', child.stderr)]);
  const over = new AbortController();
  const followed = followEvents(program, over.signal);
  const stop = await stopOf(ended, { stalled: stalled.signal, told: signal });
  // Whoever tells the phase to stop mostly tells its whole group; the program has some time for that first.
  if (stop === 'told') await Promise.race([ended, wait(bounds.stopGraceMs / 5)]);
  if (stop) await processes.stop(bounds.stopGraceMs);
  const exit = await ended;
  await processes.end();
  const cutOff = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
  }, drainMs);
  await read;
  clearTimeout(cutOff);
  over.abort();
  await followed;
  await take(program, 'o', (await eventsFile?.end()) ?? []);
  return { exit, events: program.memory.all(), ...(stop && { stop }) };
}

function start({ preparation, tree, environment }: Running, own: Readonly<Record<string, string>>): Spawned {
  const [program, ...args] = preparation.argv;
  const child = spawn(program, args, {
    cwd: tree,
    env: { ...environment, ...preparation.environment, ...own },
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

/** Which of the signals comes before the end; undefined: none. */
async function stopOf(
  ended: Promise<ProgramExit>,
  signals: Readonly<Record<'stalled' | 'told', AbortSignal>>,
): Promise<'stalled' | 'told' | undefined> {
  const { promise, resolve } = Promise.withResolvers<'stalled' | 'told' | undefined>();
  const onStall = (): void => resolve('stalled');
  const onTold = (): void => resolve('told');
  signals.stalled.addEventListener('abort', onStall);
  signals.told.addEventListener('abort', onTold);
  if (signals.told.aborted) onTold();
  void ended.then(() => resolve(undefined));
  try {
    return await promise;
  } finally {
    signals.told.removeEventListener('abort', onTold);
  }
}

async function passOn(program: Program, stream: 'o' | 'e', from: Readable): Promise<void> {
  const splitter = createLineSplitter();
  try {
    for await (const piece of from) {
      program.clock.touch();
      await takeLines(program, stream, splitter.push(piece));
    }
  } catch {
    // The stream was cut off because a process left behind holds it; what came is kept.
  }
  await takeLines(program, stream, splitter.end());
}

async function takeLines(program: Program, stream: 'o' | 'e', lines: readonly string[]): Promise<void> {
  const { driver, logLevel } = program.running;
  // Asked before each line is taken: a program writes its first event before its first output.
  if (program.eventsFile?.isUsed() === true) {
    await tell(
      program,
      stream,
      lines.map((line) => tellRaw(line, logLevel)),
    );
    return;
  }
  for (const line of lines) {
    const events = driver.parse(line, stream);
    if (events.length === 0) await tell(program, stream, [tellRaw(line, logLevel)]);
    await take(program, stream, events);
  }
}

async function followEvents(program: Program, signal: AbortSignal): Promise<void> {
  while (program.eventsFile && !signal.aborted) {
    const events = await program.eventsFile.read();
    if (events.length > 0) program.clock.touch();
    await take(program, 'o', events);
    await wait(eventsLookMs, undefined, { signal }).catch(() => undefined);
  }
}

async function take(program: Program, stream: 'o' | 'e', events: readonly DriverEvent[]): Promise<void> {
  const before = program.queue;
  const done = (async () => {
    await before;
    for (const event of events) {
      program.memory.add(event);
      await program.log.add(event);
    }
    await tell(
      program,
      stream,
      events.map((event) => tellEvent(event, program.running.logLevel)),
    );
  })();
  program.queue = done;
  await done;
}

async function tell(
  { running, clock }: Program,
  stream: 'o' | 'e',
  told: readonly (string | undefined)[],
): Promise<void> {
  const lines = told.filter((line) => line !== undefined);
  if (lines.length === 0) return;
  await clock.during(async () => running.printer.print(stream, `${lines.join('\n')}\n`));
}
