import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { noteworthy } from './log-line.ts';
import { repositoryRoot } from './settings.ts';

const rememberedLines = 15;

/** Which program to run, and how. */
export interface ProgramOptions {
  readonly name: string;
  /** Below the repository's root. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Told each line that a person should see. */
  readonly onNotice: (line: string) => void;
}

/** A program that runs until it is stopped. */
export interface Program {
  readonly name: string;
  /** Resolves when it has ended, to how it ended. */
  readonly ended: Promise<string>;
  /** The newest lines that it wrote. */
  lastLines(): readonly string[];
  /** Asks it to stop, and kills it when it has not within the time. */
  stop(withinMs: number): Promise<void>;
  /** Kills it at once. */
  kill(): void;
}

/**
 * Starts a program. It gets a process group of its own, so that Ctrl-C reaches the trial alone, which then stops its
 * programs in order.
 */
export function startProgram(options: ProgramOptions): Program {
  const child = spawn(process.execPath, ['--conditions=source', options.entry], {
    cwd: repositoryRoot,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const remembered: string[] = [];
  keepOutput(child, options, remembered);
  const ended = waitForEnd(child);

  function kill(): void {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      child.kill('SIGKILL');
  }

  async function stop(withinMs: number): Promise<void> {
    child.kill('SIGTERM');
    const timer = new AbortController();
    const inTime = await Promise.race([
      ended.then(() => true),
      sleep(withinMs, false, { signal: timer.signal }).catch(() => false),
    ]);
    timer.abort();
    if (inTime) return;
    options.onNotice(`did not stop within ${withinMs / 1000} s and is killed`);
    kill();
    await ended;
  }

  return { name: options.name, ended, lastLines: () => remembered, stop, kill };
}

function keepOutput(child: ChildProcess, options: ProgramOptions, remembered: string[]): void {
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
  child.once('close', () => log.end());
  function keep(line: string, isError: boolean): void {
    log.write(`${line}\n`);
    remembered.push(line);
    if (remembered.length > rememberedLines) remembered.shift();
    const notice = noteworthy(line, isError);
    if (notice !== undefined) options.onNotice(notice);
  }
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => keep(line, false));
  if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => keep(line, true));
}

async function waitForEnd(child: ChildProcess): Promise<string> {
  try {
    const [code, signal]: [number | null, string | null] = (await once(child, 'close')) as [
      number | null,
      string | null,
    ];
    return code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
  } catch (error) {
    return `could not be started: ${error instanceof Error ? error.message : String(error)}`;
  }
}
