import { chmod, lstat } from 'node:fs/promises';
import { join } from 'node:path';

import type { AttemptRef, Phase } from '@verve/contract';

import { runName, type RunRequest } from '../../executor.ts';
import { isAbsence } from '../../file-error.ts';
import { writeWhole } from '../../whole-file.ts';
import { exists } from './plain-file.ts';

const ownerMode = 0o700;

/**
 * The files of one run. Everything the executor knows of a run stands here, so that any process can go on with it. The
 * run can write here, too. A file that it spoilt is not made good again: what began has begun, the run ends there, and
 * nobody waits for it or reads on and on.
 *
 *     task.json           what the run is told (contract `runSpec`)
 *     access.json         how checkout and publish reach the remote (contract `runAccess`)
 *     tree/               the work tree
 *     log.jsonl           every line: [atMs, stream, phase, text]
 *     permit.json         publish may run, and until when
 *     stopped             no phase is started any more
 *     <phase>/            where the phase writes, its outcome.json last
 *     <phase>.home/ <phase>.tmp/  HOME and TMPDIR of that phase alone: what one plants there no other reads
 *     <phase>.process.json  the supervisor, which leads the phase's process group; made once, before the phase starts
 *     <phase>.exit.json     how the phase's program ended
 */
export interface RunFolder {
  readonly path: string;
  readonly task: string;
  readonly access: string;
  readonly tree: string;
  readonly log: string;
  readonly permit: string;
  readonly stopped: string;
  out(phase: Phase): string;
  home(phase: Phase): string;
  tmp(phase: Phase): string;
  process(phase: Phase): string;
  exit(phase: Phase): string;
}

/** The folder of an attempt's run below `runs`. */
export function runFolder(runs: string, ref: AttemptRef): RunFolder {
  return runFolderAt(join(runs, runName(ref)));
}

/** A run's folder by its own path. */
export function runFolderAt(path: string): RunFolder {
  const at = (name: string): string => join(path, name);
  return {
    path,
    task: at('task.json'),
    access: at('access.json'),
    tree: at('tree'),
    log: at('log.jsonl'),
    permit: at('permit.json'),
    stopped: at('stopped'),
    out: at,
    home: (phase) => at(`${phase}.home`),
    tmp: (phase) => at(`${phase}.tmp`),
    process: (phase) => at(`${phase}.process.json`),
    exit: (phase) => at(`${phase}.exit.json`),
  };
}

/** Writes what its phases are told, the same each time: the agent may have written something else there. */
export async function writeGiven(
  folder: RunFolder,
  { spec, access }: Pick<RunRequest, 'spec' | 'access'>,
): Promise<void> {
  await writeWhole(folder.access, JSON.stringify(access));
  // Last: with it the run exists.
  await writeWhole(folder.task, JSON.stringify(spec));
}

/** There is a run. Its folder may be shut by the run itself, as by a `chmod` that went too far, and is opened again. */
export async function hasRun(folder: RunFolder): Promise<boolean> {
  const found = await lstat(folder.path).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
  if (!found?.isDirectory()) return false;
  if ((found.mode & ownerMode) !== ownerMode) await chmod(folder.path, ownerMode);
  return exists(folder.task);
}

/** Sees to it that no phase begins any more. Again, since the run can take the mark away while it is alive. */
export async function markStopped(folder: RunFolder): Promise<void> {
  if (!(await exists(folder.stopped))) await writeWhole(folder.stopped, '');
}
