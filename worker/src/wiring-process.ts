import { join } from 'node:path';

import type { Logger } from 'pino';

import type { WorkerSettings } from './config.ts';
import { createProcessExecutor } from './executors/process/process-executor.ts';
import { holdInstallation } from './installation.ts';
import { openFileJournal } from './journals/file.ts';
import type { Workplace } from './workplace.ts';

const stopGraceMs = 5_000;

/** What runs as processes take. */
interface ProcessOptions {
  readonly settings: WorkerSettings;
  /** Where the worker keeps its own files. */
  readonly home: string;
  readonly agentCommand: readonly string[];
  readonly logger: Logger;
}

/** Runs as processes of this machine, with files in a folder. Waits until it is this process's alone. */
export async function openProcesses(
  { settings, home, agentCommand, logger }: ProcessOptions,
  stop: AbortSignal,
): Promise<Workplace> {
  await using held = new AsyncDisposableStack();
  const { instance, lost } = held.use(await holdInstallation(home, logger, stop));
  const executor = held.use(
    createProcessExecutor({
      runsFolder: join(home, 'runs'),
      agentCommand,
      searchPath: settings.searchPath,
      graceMs: stopGraceMs,
      keptEvents: { folder: join(home, 'events'), ...settings.keptEvents, now: Date.now },
      logger: logger.child({ component: 'executor' }),
    }),
  );
  const journal = await openFileJournal(join(home, 'journal'), logger.child({ component: 'journal' }));
  const all = held.move();
  return { instance, lost, executor, journal, [Symbol.asyncDispose]: async () => all.disposeAsync() };
}
