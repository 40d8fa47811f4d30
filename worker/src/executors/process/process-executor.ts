import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import { attemptRef, phases, type AttemptRef } from '@verve/contract';
import type { Logger } from 'pino';

import { runName, type Executor, type RunRequest, type RunState } from '../../executor.ts';
import { pause } from '../../pause.ts';
import { createTurns } from '../../turns.ts';
import { createRetryWatch, heard, withRetries, type RetryWatch } from '../retry-watch.ts';
import { keepEvents, sweepEvents, type KeptEvents } from './kept-events.ts';
import { look, lookMs, lookWithUsage } from './look.ts';
import { extendPermit } from './permit.ts';
import { stopGroup } from './process-group.ts';
import { createRunDriver } from './run-driver.ts';
import { hasRun, markStopped, runFolder, writeGiven, type RunFolder } from './run-folder.ts';
import { followRun } from './run-log.ts';
import { killProcessesOf } from './run-processes.ts';

/** What the process executor is made of. */
export interface ProcessExecutorOptions {
  /** Where the runs' folders are; made when it is not there. */
  readonly runsFolder: string;
  /** Program and arguments of `verve-agent`, to which the phase is added. */
  readonly agentCommand: readonly string[];
  /** PATH of the phases. */
  readonly searchPath: string;
  /** Between SIGINT, SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** What of a run outlives it; absent: nothing. */
  readonly keptEvents?: KeptEvents;
  readonly logger: Logger;
}

/**
 * Runs phases as processes of this machine, each a process group of its own, under the worker's own user. It isolates
 * nothing: for trials and development. Runs outlive the worker; all that is known of them stands in their folder.
 */
export function createProcessExecutor(options: ProcessExecutorOptions): Executor & AsyncDisposable {
  const { runsFolder, logger, graceMs, keptEvents } = options;
  const folderOf = (ref: AttemptRef): RunFolder => runFolder(runsFolder, ref);
  const driver = createRunDriver(options);
  const turns = createTurns();
  /** Of runs that are followed, by their names. */
  const retries = new Map<string, RetryWatch>();
  const sweep = keptEvents && sweepEvents(keptEvents, logger);
  logger.warn('the process executor isolates nothing: a run can do whatever the user of this worker can');

  async function start(request: RunRequest): Promise<void> {
    const folder = folderOf(request.spec);
    await turns.take(folder.path, async () => make(folder, request));
    driver.drive(folder, request);
  }

  async function* observe(ref: AttemptRef, signal: AbortSignal): AsyncGenerator<RunState> {
    let last = '';
    while (!signal.aborted) {
      const { state: seen, unusedPermit } = await lookWithUsage(folderOf(ref));
      const state = withRetries(seen, retries.get(runName(ref)));
      const found = JSON.stringify([state, unusedPermit]);
      if (found !== last) yield state;
      if (state.kind === 'ended' || state.kind === 'absent') return;
      last = found;
      await pause(lookMs, signal);
    }
  }

  function watchOf(ref: AttemptRef): RetryWatch {
    const watch = retries.get(runName(ref)) ?? createRetryWatch();
    retries.set(runName(ref), watch);
    return watch;
  }

  async function* follow(
    ref: AttemptRef,
    cursor: string | undefined,
    signal: AbortSignal,
  ): ReturnType<Executor['follow']> & AsyncGenerator {
    yield* heard(followRun(folderOf(ref), cursor, signal), watchOf(ref));
  }

  async function permit(ref: AttemptRef, forMs: number): Promise<void> {
    const folder = folderOf(ref);
    if (!(await hasRun(folder))) return;
    await turns.take(folder.path, async () => extendPermit(folder, forMs));
  }

  async function stop(ref: AttemptRef): Promise<void> {
    const folder = folderOf(ref);
    for (;;) {
      // A run that took its own files away is absent, and may be alive.
      if (!(await hasRun(folder))) return killAll(folder);
      await turns.take(folder.path, async () => markStopped(folder));
      // A phase may have been on its way when the run was marked: it ends itself, or is found on a later look.
      const { state, leader } = await look(folder);
      if (leader) await stopGroup(leader, graceMs);
      else await killAll(folder);
      const isOver = state.kind === 'ended' || state.kind === 'absent';
      if (isOver && !driver.isDriving(folder)) return;
      await wait(lookMs);
    }
  }

  async function remove(ref: AttemptRef): Promise<void> {
    const folder = folderOf(ref);
    const { state } = await look(folder);
    if (state.kind === 'running' || state.kind === 'waiting') {
      throw new Error(`run ${folder.path} has not ended and is not removed`);
    }
    retries.delete(runName(ref));
    await killAll(folder);
    if (keptEvents) await keepEvents(folder, keptEvents);
    await removeTree(folder.path);
  }

  async function list(): Promise<readonly AttemptRef[]> {
    await mkdir(runsFolder, { recursive: true, mode: 0o700 });
    const names = await readdir(runsFolder);
    return names.flatMap((name) => {
      const [, taskId, attempt] = /^(.+)-(\d+)$/.exec(name) ?? [];
      const ref = attemptRef.safeParse({ taskId, attempt: Number(attempt) });
      return ref.success ? [ref.data] : [];
    });
  }

  return {
    name: 'process',
    start,
    observe,
    follow,
    permit,
    stop,
    list,
    remove,
    async [Symbol.asyncDispose]() {
      sweep?.[Symbol.dispose]();
      await driver[Symbol.asyncDispose]();
    },
  };
}

/** Makes what a run is made of, unless it is there. */
async function make(folder: RunFolder, request: RunRequest): Promise<void> {
  if (await hasRun(folder)) return;
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const inner = phases.flatMap((phase) => [folder.out(phase), folder.home(phase), folder.tmp(phase)]);
  await Promise.all(inner.map((path) => mkdir(path, { recursive: true })));
  await writeGiven(folder, request);
}

async function killAll(folder: RunFolder): Promise<void> {
  await killProcessesOf(phases.map((phase) => folder.home(phase)));
}

/** A run may leave folders that not even their owner may change, as some package caches are. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await promisify(execFile)('chmod', ['-R', 'u+rwX', path]);
    await rm(path, { recursive: true, force: true });
  }
}
