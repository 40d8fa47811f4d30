import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { AttemptRef, Client, Outcome, RunSpec } from '@verve/contract';
import { createMasker } from '@verve/contract/masking';
import type { Logger } from 'pino';

import { runName, type Executor } from '../executor.ts';
import type { Meters } from '../meters.ts';
import { masked } from '../outcome.ts';
import type { SecretSource } from '../secret-source.ts';
import { shipLog, type Shipped } from './shipper.ts';
import { spoolBounds, type SpoolBounds } from './spool.ts';

/** What runs say, on its way to the server: all of it masked. */
export interface RunLogs {
  /** Ships a run's log to its end; see shipLog. */
  ship(spec: Pick<RunSpec, 'taskId' | 'attempt' | 'logLevel'>, signal: AbortSignal): Promise<Shipped>;
  /** An outcome without secrets. */
  mask(outcome: Outcome): Promise<Outcome>;
  /** Words about a run, without secrets. */
  maskWords(words: string): Promise<string>;
  /** Removes what is left of a run's log here; of none: nothing. */
  remove(ref: AttemptRef): Promise<void>;
  /** Removes what is left of all runs but these. */
  removeOthers(refs: readonly AttemptRef[]): Promise<void>;
}

/** What the logs of runs take. */
export interface RunLogsOptions {
  readonly client: Client;
  readonly executor: Pick<Executor, 'follow'>;
  /** Where each run has its spool. */
  readonly folder: string;
  readonly secrets: SecretSource;
  readonly bounds?: SpoolBounds;
  readonly meters: Pick<Meters, 'chunkShipped' | 'secretsMasked' | 'logGap' | 'spoolBytes'>;
  readonly logger: Logger;
}

/** One masker for all runs of a process: what was secret once stays so. */
export function createRunLogs(options: RunLogsOptions): RunLogs {
  const { client, executor, folder, secrets, bounds = spoolBounds, meters, logger } = options;
  const masker = createMasker([], meters.secretsMasked);
  const spooled = new Map<string, number>();
  const spoolOf = (ref: AttemptRef): string => join(folder, runName(ref));

  async function refresh(): Promise<void> {
    masker.update(await secrets.current());
  }

  function countSpool(ref: AttemptRef, bytes: number): void {
    if (bytes > 0) spooled.set(runName(ref), bytes);
    else spooled.delete(runName(ref));
    meters.spoolBytes([...spooled.values()].reduce((sum, each) => sum + each, 0));
  }

  return {
    ship: async (spec, signal) =>
      shipLog(
        {
          ref: { taskId: spec.taskId, attempt: spec.attempt },
          level: spec.logLevel,
          client,
          executor,
          spoolFolder: spoolOf(spec),
          bounds,
          meters: { ...meters, spoolBytes: (bytes) => countSpool(spec, bytes) },
          masker,
          refresh,
          logger: logger.child({ taskId: spec.taskId, attempt: spec.attempt }),
        },
        signal,
      ),
    async mask(outcome) {
      await refresh();
      return masked(outcome, masker.text);
    },
    async maskWords(words) {
      await refresh();
      return masker.text(words);
    },
    async remove(ref) {
      countSpool(ref, 0);
      await rm(spoolOf(ref), { recursive: true, force: true });
    },
    async removeOthers(refs) {
      const known = new Set(refs.map(runName));
      const names = await readdir(folder).catch(() => []);
      const strays = names.filter((name) => !known.has(name));
      await Promise.all(strays.map(async (name) => rm(join(folder, name), { recursive: true, force: true })));
    },
  };
}
