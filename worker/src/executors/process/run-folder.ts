import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { phaseOutcome, phases, type AttemptRef, type Phase, type PhaseOutcome } from '@verve/contract';
import { z } from 'zod';

import { runName } from '../../executor.ts';

/**
 * The files of one run. Everything the executor knows of a run stands here, so that any process can go on with it.
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

/** Makes the folder and those within it. */
export async function makeFolders(folder: RunFolder): Promise<void> {
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const inner = phases.flatMap((phase) => [folder.out(phase), folder.home(phase), folder.tmp(phase)]);
  await Promise.all(inner.map((path) => mkdir(path, { recursive: true })));
}

/** Writes a file whole or not at all, durably. */
export async function writeWhole(path: string, content: string): Promise<void> {
  {
    await using file = await open(`${path}.tmp`, 'w', 0o600);
    await file.writeFile(content);
    await file.sync();
  }
  await rename(`${path}.tmp`, path);
}

/** There is a file or folder of that name. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** A phase's own outcome; undefined when it left none that can be read. The phase may be hostile. */
export async function readOutcome(folder: RunFolder, phase: Phase): Promise<PhaseOutcome | undefined> {
  return readJson(join(folder.out(phase), 'outcome.json'), phaseOutcome);
}

const maxJsonBytes = 1024 * 1024;

/** Reads a small JSON file; undefined when it is not there or not as it should be. */
export async function readJson<S extends z.ZodType>(
  path: string,
  schema: S,
): Promise<z.output<S> | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > maxJsonBytes) return undefined;
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError || isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
