import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { newId, type RunSpec } from '@verve/contract';
import { pino } from 'pino';

import type { RunRequest } from '../executor.ts';
import { createProcessExecutor, type ProcessExecutorOptions } from '../executors/process/process-executor.ts';

/** A logger that says nothing. */
export const silent = pino({ level: 'silent' });

/** `verve-agent` from the sources. */
const agentCommand = [
  process.execPath,
  '--conditions=source',
  fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url)),
];

/** The stand-in for it that plays scripts. */
export const scriptedAgent: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('scripted-agent.ts', import.meta.url)),
];

/** A folder for one test, gone with everything in it at its end. */
export function temporaryFolder(): AsyncDisposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'verve-worker-test-'));
  const dispose = async (): Promise<void> => {
    // A run outlives its worker; it must not outlive its test.
    await using executor = processExecutor(path);
    for (const ref of await executor.list()) await executor.stop(ref);
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    path,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Makes a real repository with one commit on `main` and gives its URL. */
export function createRemote(folder: string): string {
  const remote = join(folder, 'remote.git');
  const seed = join(folder, 'seed');
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  git(folder, 'init', '--quiet', '--initial-branch=main', seed);
  writeFileSync(join(seed, 'README.md'), '# Sample\n');
  git(seed, 'add', '.');
  git(seed, 'commit', '--quiet', '-m', 'Begin');
  git(seed, 'push', '--quiet', remote, 'main');
  return `file://${remote}`;
}

/** Runs git and gives its output. */
export function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim();
}

/** A run of a shell script on a repository. */
export function shellSpec(repository: string, script: string): RunSpec {
  const taskId = newId('task');
  return {
    taskId,
    attempt: 1,
    title: 'Say hello',
    description: 'Say hello to everybody.',
    repository,
    branch: `verve/${taskId}`,
    author: { name: 'Verve', email: 'noreply@verve.dev' },
    agent: { name: 'sh', driver: 'command', command: ['sh', '-c', script] },
    forge: { kind: 'none' },
    mayChangeWorkflows: false,
    logLevel: 'full',
  };
}

/** What starts a run that needs neither credentials nor variables. */
export function requestOf(spec: RunSpec): RunRequest {
  return { spec, access: { credentials: [] }, agentEnvironment: {}, gitEnvironment: {} };
}

/** A process executor on a folder. A second one on the same folder is a worker that was started again. */
export function processExecutor(
  folder: string,
  given: Partial<ProcessExecutorOptions> = {},
): ReturnType<typeof createProcessExecutor> {
  return createProcessExecutor({
    runsFolder: join(folder, 'runs'),
    agentCommand,
    searchPath: process.env['PATH'] ?? '',
    graceMs: 300,
    logger: silent,
    ...given,
  });
}
