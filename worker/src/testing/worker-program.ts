import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { LogEntry } from './worker.ts';

/** The program from the sources. */
const command = [process.execPath, '--conditions=source', join(import.meta.dirname, '..', 'main.ts')];

type Variables = Readonly<Record<string, string>>;

/** How a program ended. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `verve-worker` to its end. */
export async function verveWorker(args: readonly string[], env: Variables = {}): Promise<Ended> {
  const [program = '', ...rest] = command;
  const options = { env: { PATH: process.env['PATH'], ...env } };
  return new Promise((resolve) => {
    execFile(program, [...rest, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** A `verve-worker` at work; killed at the end of its test, where it still runs. */
export interface WorkerProgram extends AsyncDisposable {
  /** Its log so far. */
  readonly log: readonly LogEntry[];
  /** Sends a signal and waits for the end; the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** Status and body of `/readyz`; undefined while nothing listens. */
  ready(): Promise<{ readonly status: number; readonly why: string } | undefined>;
}

/** Starts `verve-worker` with a health server. */
export async function startWorkerProgram(
  env: Variables,
  args: readonly string[] = [],
): Promise<WorkerProgram> {
  const [program = '', ...rest] = command;
  const port = await freePort();
  const child = spawn(program, [...rest, ...args], {
    env: { PATH: process.env['PATH'], VERVE_HEALTH_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let text = '';
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  return {
    get log() {
      const lines = text.split('\n').slice(0, -1);
      return lines.map((line) => JSON.parse(line) as LogEntry);
    },
    async stop(signal) {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
    async ready() {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      if (!response) return undefined;
      const { why = '' } = (await response.json()) as { why?: string };
      return { status: response.status, why };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
