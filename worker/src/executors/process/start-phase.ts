import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { Phase } from '@verve/contract';

import type { RunRequest } from '../../executor.ts';
import { exists } from './plain-file.ts';
import { writeGiven, type RunFolder } from './run-folder.ts';

// The same file is TypeScript in the sources and JavaScript when built.
const extension = extname(import.meta.url);
const supervisor = fileURLToPath(new URL(`./supervisor${extension}`, import.meta.url));
const nodeOptions = extension === '.ts' ? ['--conditions=source'] : [];

/** What starting a phase takes. */
export interface PhaseStart {
  readonly folder: RunFolder;
  readonly phase: Phase;
  readonly request: RunRequest;
  readonly agentCommand: readonly string[];
  readonly searchPath: string;
}

/** The whole environment of a phase, made from nothing: what the worker has itself never gets there. */
function phaseEnvironment({ folder, phase, request, searchPath }: PhaseStart): Record<string, string> {
  return {
    PATH: searchPath,
    LANG: 'C.UTF-8',
    ...(phase === 'agent' ? request.agentEnvironment : request.gitEnvironment),
    ...(phase !== 'agent' && { VERVE_ACCESS_FILE: folder.access }),
    HOME: folder.home(phase),
    TMPDIR: folder.tmp(phase),
    VERVE_TASK_FILE: folder.task,
    VERVE_TREE: folder.tree,
    VERVE_OUT: folder.out(phase),
    VERVE_CHECKOUT_OUT: folder.out('checkout'),
    VERVE_AGENT_OUT: folder.out('agent'),
  };
}

/**
 * Starts a phase under a supervisor of its own. Resolves once it has begun, or another one had before, or the run was
 * stopped.
 */
export async function startPhase(start: PhaseStart): Promise<void> {
  const { folder, phase, request, agentCommand } = start;
  await writeGiven(folder, request);
  const argv = [...nodeOptions, supervisor, folder.path, phase, ...agentCommand, phase];
  const child = spawn(process.execPath, argv, {
    cwd: folder.path,
    env: phaseEnvironment(start),
    detached: true,
    stdio: 'ignore',
  });
  await once(child, 'spawn');
  child.unref();
  for (;;) {
    // Asked before its files are looked at: it may begin and end in between.
    const how = child.exitCode ?? child.signalCode;
    if (await exists(folder.process(phase))) return;
    if (how !== null && (await exists(folder.stopped))) return;
    if (how !== null) throw new Error(`the supervisor of ${phase} ended before it began: ${how}`);
    await wait(10);
  }
}
