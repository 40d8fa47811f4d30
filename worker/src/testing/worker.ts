import { join } from 'node:path';

import { createClient } from '@verve/contract';
import { pino, type Logger } from 'pino';

import type { AgentSettings } from '../agent-settings.ts';
import { loadConfig, type WorkerSettings } from '../config.ts';
import { createAppTokens } from '../github-app/app-tokens.ts';
import { createHealth } from '../health.ts';
import { openFileJournal } from '../journals/file.ts';
import { createRunLogs } from '../logs/run-logs.ts';
import type { SpoolBounds } from '../logs/spool.ts';
import { noMeters } from '../meters.ts';
import { pause } from '../pause.ts';
import { createSecretSource } from '../secret-source.ts';
import { createForgeTokens } from '../token-keeper.ts';
import { uptimeMs } from '../uptime.ts';
import { work, type WorkerParts } from '../worker.ts';
import { processExecutor, scriptedAgent, silent } from './run.ts';

/** The key of every worker in tests. */
export const testKey = 'the-key-of-a-worker-in-tests';

/** What a test says of a worker; everything else is as usual. */
export interface TestWorkerOptions {
  readonly folder: string;
  readonly url: string;
  readonly repository: string;
  /** The script of the agent `sh`. */
  readonly script?: string;
  /** The phases are played by `scripted-agent`, without git. */
  readonly isScripted?: boolean;
  readonly settings?: Partial<WorkerSettings>;
  readonly spool?: SpoolBounds;
  /** Gets each line of the worker's log. */
  readonly onLog?: (entry: LogEntry) => void;
  /** Stands between the worker and its parts. */
  readonly wrap?: (parts: WorkerParts) => WorkerParts;
}

/** A line of a log. */
export type LogEntry = Readonly<Record<string, unknown>>;

/** A whole worker in this process, on a real journal and real processes; disposing of it is its SIGTERM. */
export async function startWorker(options: TestWorkerOptions): Promise<AsyncDisposable> {
  const { folder, url, repository, script = 'true', wrap = (parts) => parts } = options;
  const { settings } = loadConfig({ VERVE_KEY: testKey, VERVE_DATA_DIR: folder, PATH: process.env['PATH'] });
  const sh: AgentSettings = {
    name: 'sh',
    driver: 'command',
    command: ['sh', '-c', script],
    environment: {},
    environmentFiles: {},
    stallSeconds: 600,
  };
  const executor = processExecutor(folder, options.isScripted ? { agentCommand: scriptedAgent } : {});
  const journal = await openFileJournal(join(folder, 'journal'), silent);
  const client = createClient({ baseUrl: url, key: testKey, fetch });
  const stop = new AbortController();
  const logger = loggerOf(options);
  const all: WorkerSettings = {
    ...settings,
    agents: [...settings.agents, sh],
    repositories: [repository],
    ...options.settings,
  };
  const now = (): number => performance.now();
  const forgeTokens = createForgeTokens({
    source: createAppTokens(all, logger),
    folder: join(folder, 'forge-tokens'),
    clock: { now: uptimeMs, pause },
    logger,
  });
  const logs = createRunLogs({
    client,
    executor,
    folder: join(folder, 'spool'),
    secrets: createSecretSource({ settings: all, key: { all: () => [testKey] }, forgeTokens, now, logger }),
    meters: noMeters,
    ...(options.spool && { bounds: options.spool }),
    logger,
  });
  const parts: WorkerParts = {
    client,
    executor,
    journal,
    logs,
    forgeTokens,
    settings: all,
    meters: noMeters,
    health: createHealth(now),
    instance: 'test',
    version: '0.0.0',
    now: Date.now,
    troubleMs: 20,
    logger,
  };
  const done = work(wrap(parts), stop.signal);
  done.catch(() => undefined);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done.catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      await forgeTokens[Symbol.asyncDispose]();
      await executor[Symbol.asyncDispose]();
    },
  };
}

function loggerOf({ onLog }: TestWorkerOptions): Logger {
  if (!onLog) return silent;
  return pino({ base: null }, { write: (line) => onLog(JSON.parse(line) as LogEntry) });
}
