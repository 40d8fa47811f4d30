import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

import { createLineSplitter, phase, type StreamLetter } from '@verve/contract';

import { describeProcess } from '../../process-identity.ts';
import { formatRecord } from './log-file.ts';
import { isValid, readPermit } from './permit.ts';
import { runFolderAt } from './run-folder.ts';
import { killProcesses } from './run-processes.ts';

// node supervisor <run folder> <phase> <program> [argument…]
// Leads the process group of one phase and outlives the worker: starts the program with the environment that it was
// given itself, writes every line to the run's log, and at the end says how it went and takes the rest of the group
// along. Whoever signals the group reaches the program; the supervisor itself ends by SIGKILL alone.

const logLimitBytes = 256 * 1024 * 1024;
/** A program that has ended may leave others behind that hold its output open. */
const drainMs = 1_000;
const permitLookMs = 100;

const [folderPath = '', phaseName, program = '', ...args] = process.argv.slice(2);
const name = phase.parse(phaseName);
const folder = runFolderAt(folderPath);

process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('SIGHUP', () => undefined);

if (claimPhase()) {
  // What an earlier phase laid there is not this one's.
  rmSync(folder.out(name), { recursive: true, force: true });
  mkdirSync(folder.out(name));
  // In this order: whoever stops the run marks it first and looks for a phase then, so one of the two sees the other.
  if (!existsSync(folder.stopped)) await end(await supervise());
}

/** Only one process ever runs a phase of a run. */
function claimPhase(): boolean {
  const temporary = `${folder.process(name)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(describeProcess(process.pid)), { flush: true });
  try {
    linkSync(temporary, folder.process(name));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(temporary);
  }
}

/** Runs the phase to its end and tells how it went. Publish gets its time and no more, whether or not a worker is there. */
async function supervise(): Promise<object> {
  if (name !== 'publish') return runProgram();
  const isInTime = isValid(await readPermit(folder));
  return isInTime ? Promise.race([runProgram(), untilOverdue()]) : { isOverdue: true };
}

async function untilOverdue(): Promise<object> {
  while (isValid(await readPermit(folder))) await wait(permitLookMs);
  return { isOverdue: true };
}

async function end(how: object): Promise<void> {
  await killProcesses(folder, { phase: name, sparedGroup: process.pid });
  writeFileSync(folder.exit(name), JSON.stringify(how), { flush: true });
  process.kill(-process.pid, 'SIGKILL');
}

async function runProgram(): Promise<object> {
  const write = openLog();
  try {
    const child = spawn(program, args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });
    const read = Promise.all([copy(child.stdout, 'o', write), copy(child.stderr, 'e', write)]);
    const ended = await endOf(child);
    const cutOff = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, drainMs);
    await read;
    clearTimeout(cutOff);
    return ended;
  } catch (error) {
    return { error: String(error) };
  }
}

async function endOf(child: ChildProcess): Promise<object> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error: error.message }));
    child.once('exit', (code, signal) => resolve(code === null ? { signal } : { code }));
  });
}

type Write = (stream: StreamLetter, text: string) => void;

async function copy(from: Readable, stream: StreamLetter, write: Write): Promise<void> {
  const splitter = createLineSplitter();
  try {
    for await (const piece of from) {
      for (const line of splitter.push(piece)) write(stream, line);
    }
  } catch {
    // Cut off because a process left behind holds the pipe; what came is kept.
  }
  for (const line of splitter.end()) write(stream, line);
}

/** Appends lines to the run's log, in the order they come; a full log says so once and takes no more. */
function openLog(): Write {
  const file = openSync(folder.log, 'a+', 0o600);
  let size = fstatSync(file).size;
  if (size > 0 && !endsLine(file, size)) size += writeSync(file, '\n');
  let isFull = false;
  return (stream, text) => {
    if (isFull) return;
    isFull = size >= logLimitBytes;
    const line = isFull
      ? `the log has reached ${logLimitBytes} bytes; the lines after this one are lost`
      : text;
    size += writeSync(file, formatRecord(Date.now(), isFull ? 'v' : stream, name, line));
  };
}

function endsLine(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString() === '\n';
}
