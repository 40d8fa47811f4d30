import type { Phase } from '@verve/contract';
import type { Logger } from 'pino';

import type { RunRequest } from '../../executor.ts';
import { codeOf } from '../../file-error.ts';
import { pause } from '../../pause.ts';
import { look, lookMs, type Look } from './look.ts';
import { stopGroup } from './process-group.ts';
import { markStopped, type RunFolder } from './run-folder.ts';
import { startPhase } from './start-phase.ts';

const troubleMs = 1_000;

/** Sees to runs: starts their next phase, and ends what a phase left whose supervisor is gone. */
export interface RunDriver extends AsyncDisposable {
  /** Drives a run until it has ended. Again for one that is driven: nothing. */
  drive(folder: RunFolder, request: RunRequest): void;
  /** It may still start a phase of the run. */
  isDriving(folder: RunFolder): boolean;
}

/** What the driver needs to start and stop phases. */
export interface RunDriverOptions {
  readonly agentCommand: readonly string[];
  readonly searchPath: string;
  readonly graceMs: number;
  readonly logger: Logger;
}

/** Makes a driver. Disposing of it leaves the runs as they are. */
export function createRunDriver(options: RunDriverOptions): RunDriver {
  const driven = new Map<string, Promise<void>>();
  const disposal = new AbortController();

  async function follow(folder: RunFolder, request: RunRequest): Promise<void> {
    const begun = new Set<Phase>();
    while (!disposal.signal.aborted) {
      const pauseMs = await advance(folder, request, begun);
      if (pauseMs === undefined) return;
      await pause(pauseMs, disposal.signal);
    }
  }

  /** Takes a step and tells how long to pause before the next; undefined when the run has ended. */
  async function advance(
    folder: RunFolder,
    request: RunRequest,
    begun: Set<Phase>,
  ): Promise<number | undefined> {
    try {
      const seen = await look(folder);
      if (seen.state.kind === 'ended' || seen.state.kind === 'absent') return undefined;
      // The record that it began is gone, which the run alone can have taken away.
      if (seen.next && begun.has(seen.next)) await markStopped(folder);
      else await act(folder, request, seen);
      if (seen.next) begun.add(seen.next);
      return lookMs;
    } catch (error) {
      // In the place of a file that its next phase needs the agent has laid a folder.
      if (codeOf(error) === 'EISDIR') await markStopped(folder);
      options.logger.error({ err: error, run: folder.path }, 'run cannot be driven on; trying again');
      return troubleMs;
    }
  }

  async function act(folder: RunFolder, request: RunRequest, seen: Look): Promise<void> {
    const { agentCommand, searchPath, graceMs } = options;
    if (seen.mustEnd && seen.leader) await stopGroup(seen.leader, graceMs);
    if (seen.next) await startPhase({ folder, phase: seen.next, request, agentCommand, searchPath });
  }

  return {
    drive(folder, request) {
      if (driven.has(folder.path)) return;
      const done = follow(folder, request).finally(() => driven.delete(folder.path));
      driven.set(folder.path, done);
    },
    isDriving: (folder) => driven.has(folder.path),
    [Symbol.asyncDispose]: async () => {
      disposal.abort();
      await Promise.all(driven.values());
    },
  };
}
