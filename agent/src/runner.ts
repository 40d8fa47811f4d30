import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

import { createLineSplitter, type StreamLetter } from '@verve/contract';

import type { Driver, DriverEvent, Preparation, ProgramExit } from './driver.ts';

const keptEvents = 100;
/** A program that has ended may leave others behind that hold its output open. */
const drainMs = 2_000;

/** What the runner needs. */
export interface Running {
  readonly driver: Driver;
  readonly preparation: Preparation;
  readonly tree: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the agent's words go. */
  readonly words: Readonly<Record<'o' | 'e', Writable>>;
}

/** How the program ended and the last of its events. */
export interface RunnerResult {
  readonly exit: ProgramExit;
  readonly events: readonly DriverEvent[];
}

/**
 * Starts the driver's program in the tree and passes its words on until it ends. It shares the phase's process
 * group, so that whoever stops the phase stops the program too.
 */
export async function runProgram(running: Running): Promise<RunnerResult> {
  const { preparation, tree, environment } = running;
  const [program, ...args] = preparation.argv;
  const child = spawn(program, args, {
    cwd: tree,
    env: { ...environment, ...preparation.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A program need not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(preparation.stdin ?? '');

  const events: DriverEvent[] = [];
  const ended = exitOf(child, program);
  const read = Promise.all([
    passOn({ running, events, stream: 'o', from: child.stdout }),
    passOn({ running, events, stream: 'e', from: child.stderr }),
  ]);
  const exit = await ended;
  const cutOff = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
  }, drainMs);
  await read;
  clearTimeout(cutOff);
  return { exit, events };
}

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

interface Passing {
  readonly running: Running;
  readonly events: DriverEvent[];
  readonly stream: StreamLetter & ('o' | 'e');
  readonly from: Readable;
}

async function passOn(passing: Passing): Promise<void> {
  const splitter = createLineSplitter();
  try {
    for await (const piece of passing.from) {
      await tell(passing, splitter.push(piece));
    }
  } catch {
    // The stream was cut off because a process left behind holds it; what came is kept.
  }
  await tell(passing, splitter.end());
}

async function tell({ running, events, stream }: Passing, lines: readonly string[]): Promise<void> {
  const found = lines.flatMap((line) => running.driver.parse(line, stream));
  events.push(...found);
  events.splice(0, events.length - keptEvents);
  const words = found.flatMap((event) => (event.kind === 'text' ? [`${event.text}\n`] : []));
  if (words.length > 0 && !running.words[stream].write(words.join(''))) {
    await once(running.words[stream], 'drain');
  }
}
