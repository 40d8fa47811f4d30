import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createClient, SettingsInvalid } from '@verve/contract';
import { pino } from 'pino';

import { boundedFetch } from './bounded-fetch.ts';
import { loadConfig, type WorkerConfig } from './config.ts';
import { createProcessExecutor } from './executors/process/process-executor.ts';
import { holdInstallation } from './installation.ts';
import { openFileJournal } from './journals/file.ts';
import { work } from './worker.ts';

// The worker: Poller → Limiter → Attempt → Executor, with the lease keeper beside them.

const version = '0.1.0';
const stopGraceMs = 5_000;

const { settings, secrets, unknownVariables } = configOrExit();
const logger = pino({ level: settings.log.level, base: null });
for (const variable of unknownVariables) logger.warn({ variable }, 'unknown variable; ignored');
if (settings.repositories.length === 0) {
  logger.warn('no repository is allowed: list patterns under "repositories", or VERVE_REPOSITORIES');
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

try {
  await run();
} catch (error) {
  if (!stop.signal.aborted) {
    logger.fatal({ err: error }, 'worker ends');
    process.exitCode = 1;
  }
}

async function run(): Promise<void> {
  const home = join(settings.dataDir, 'worker');
  await using installation = await holdInstallation(home, logger, stop.signal);
  await using executor = createProcessExecutor({
    runsFolder: join(home, 'runs'),
    agentCommand: settings.agentCommand ?? defaultAgentCommand(),
    searchPath: settings.searchPath,
    graceMs: stopGraceMs,
    now: Date.now,
    logger: logger.child({ component: 'executor' }),
  });
  const journal = await openFileJournal(join(home, 'journal'), logger.child({ component: 'journal' }));
  const client = createClient({ baseUrl: settings.serverUrl, key: secrets.key, fetch: boundedFetch });
  const { instance } = installation;
  const signal = AbortSignal.any([stop.signal, installation.lost]);
  await work({ client, executor, journal, settings, instance, version, now: Date.now, logger }, signal);
  installation.lost.throwIfAborted();
  logger.info('worker stopped; runs go on and the next process adopts them');
}

/** verve-agent of this workspace, found by its place beside the worker: the worker never imports it. */
function defaultAgentCommand(): readonly string[] {
  const isSource = extname(import.meta.url) === '.ts';
  const entry = isSource ? '../../agent/src/main.ts' : '../../agent/dist/main.js';
  const conditions = isSource ? ['--conditions=source'] : [];
  return [process.execPath, ...conditions, fileURLToPath(new URL(entry, import.meta.url))];
}

function configOrExit(): WorkerConfig {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
