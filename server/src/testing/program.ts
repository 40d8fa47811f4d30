import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { onTestFinished, vi } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

type Environment = Readonly<Record<string, string>>;

/** A server as a process that listens. */
export interface StartedProgram {
  readonly url: string;
  readonly pid: number | undefined;
  /** What it wrote to its standard output so far. */
  printed(): string;
  /** Its exit code; null when the signal ended it. */
  stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<unknown>;
}

/** Starts a server on a port that is free, and waits until it listens. */
export async function startProgram(env: Environment): Promise<StartedProgram> {
  const child = runProgram({ VERVE_PORT: '0', VERVE_DATA_DIR: await tempFolder(), ...env });
  let printed = '';
  outputOf(child, 'stdout').on('data', (part: Buffer) => (printed += part.toString()));
  const url = await vi.waitFor(() => {
    const found = /http:\/\/\S+/.exec(printed)?.[0];
    if (found === undefined) throw new Error(`not listening: ${printed}`);
    return found;
  }, 20_000);
  return {
    url,
    pid: child.pid,
    printed: () => printed,
    stop: async (signal) => {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code]: unknown[] = await exited;
      return code;
    },
  };
}

/** Starts a server that is expected to give up, and waits for its end. */
export async function failedStart(env: Environment): Promise<{ told: string; code: unknown }> {
  const child = runProgram({ VERVE_PORT: '0', ...env });
  const [told, [code]] = await Promise.all([text(outputOf(child, 'stderr')), once(child, 'exit')]);
  return { told, code };
}

/** Starts a server; it is killed after the test. */
export function runProgram(env: Environment): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=source', main], {
    env: { PATH: process.env['PATH'], VERVE_HOST: '127.0.0.1', VERVE_LOG_LEVEL: 'error', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

function outputOf(child: ChildProcess, name: 'stdout' | 'stderr'): NodeJS.ReadableStream {
  const output = child[name];
  if (!output) throw new Error(`${name} is not piped`);
  return output;
}

/** A folder that goes away after the test. */
export async function tempFolder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'verve-main-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}
