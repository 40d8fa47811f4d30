import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

import type { Phase } from '@verve/contract';

import { codeOf } from '../../file-error.ts';
import { describeProcess } from '../../process-identity.ts';
import { writeWhole } from '../../whole-file.ts';
import { openLogWriter, type LogWriter } from './log-writer.ts';
import { isValid, readPermit } from './permit.ts';
import { createPhaseOutput, untilRoom } from './phase-output.ts';
import { runFolderAt } from './run-folder.ts';
import { killProcessesOf } from './run-processes.ts';

// node supervisor <run folder> <phase> <program> [argument…]
// Leads the process group of one phase and outlives the worker: starts the program with the environment that it was
// given itself, writes every line to the run's log, and at the end says how it went and takes the rest of the group
// along. Whoever signals the group reaches the program; the supervisor itself ends by SIGKILL alone. It is started for
// each phase, so it imports little.

const permitLookMs = 100;
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

const [folderPath = '', phaseName, program = '', ...args] = process.argv.slice(2);
const name = phaseName as Phase;
const folder = runFolderAt(folderPath);

process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('SIGHUP', () => undefined);

if (claimPhase()) {
  // What an earlier phase laid there is not this one's.
  rmSync(folder.out(name), { recursive: true, force: true });
  mkdirSync(folder.out(name));
  // In this order: whoever stops the run marks it first and looks for a phase then, so one of the two sees the other.
  if (!lstatSync(folder.stopped, { throwIfNoEntry: false })) await runPhase();
}

/** Only one process ever runs a phase of a run. */
function claimPhase(): boolean {
  const temporary = `${folder.process(name)}.${randomUUID()}`;
  writeFileSync(temporary, JSON.stringify(describeProcess(process.pid)), { flag: 'wx', flush: true });
  try {
    linkSync(temporary, folder.process(name));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary);
  }
}

/** Runs the phase to its end, tells how it went, and leaves nothing of it alive, whatever goes wrong. */
async function runPhase(): Promise<void> {
  try {
    const log = openLogWriter(folder.log, name);
    const how = await supervise(log);
    await killOthers();
    // On a full disk the phase is not over: nobody could learn how it went. Whoever does not wait for it stops the run.
    await untilRoom(() => log.flush());
    await untilRoom(async () => findsRoom(async () => writeWhole(folder.exit(name), JSON.stringify(how))));
  } finally {
    process.kill(-process.pid, 'SIGKILL');
  }
}

/** Publish gets its time and no more, whether or not a worker is there. */
async function supervise(log: LogWriter): Promise<object> {
  if (name !== 'publish') return runProgram(log);
  const permit = await readPermit(folder);
  if (!permit || !isValid(permit)) return { isOverdue: true };
  const time = { VERVE_PUBLISH_SECONDS: String(permit.leftMs / 1_000) };
  return Promise.race([runProgram(log, time), untilOverdue()]);
}

async function untilOverdue(): Promise<object> {
  while (isValid(await readPermit(folder))) await wait(permitLookMs);
  return { isOverdue: true };
}

async function findsRoom(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (noRoom.has(codeOf(error) ?? '')) return false;
    throw error;
  }
}

async function runProgram(log: LogWriter, more: Readonly<Record<string, string>> = {}): Promise<object> {
  try {
    const { stdout, stderr, ended } = startProgram(more);
    const output = createPhaseOutput(log);
    const taken = Promise.all([output.take(stdout, 'o'), output.take(stderr, 'e')]);
    const how = await ended;
    await killOthers();
    await Promise.race([taken, output.silence()]);
    for (const stream of [stdout, stderr]) stream.destroy();
    await taken;
    return how;
  } catch (error) {
    return { error: String(error) };
  }
}

function startProgram(more: Readonly<Record<string, string>>): {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<object>;
} {
  const child = spawn(program, args, {
    cwd: folder.path,
    // oxlint-disable-next-line no-process-env -- it was made for the program, which this one starts in place of
    env: { ...process.env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { stdout: child.stdout, stderr: child.stderr, ended: endOf(child) };
}

async function killOthers(): Promise<void> {
  await killProcessesOf([folder.home(name)], process.pid);
}

async function endOf(child: ChildProcess): Promise<object> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error: error.message }));
    child.once('exit', (code, signal) => resolve(code === null ? { signal } : { code }));
  });
}
