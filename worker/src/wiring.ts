import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createClient } from '@verve/contract';
import type { Logger } from 'pino';

import type { WorkerConfig, WorkerSettings } from './config.ts';
import type { Finding } from './doctor/finding.ts';
import { checkPrograms } from './executors/process/programs.ts';
import { untilFilesAreThere } from './file-gate.ts';
import type { ForgeTokens } from './forge-tokens.ts';
import { createAppTokens } from './github-app/app-tokens.ts';
import { openHealthServer } from './health-server.ts';
import { createHealth, type Health } from './health.ts';
import { createRunLogs } from './logs/run-logs.ts';
import type { Meters } from './meters.ts';
import { createMetrics } from './metrics.ts';
import { openServerFetch } from './network-fetch.ts';
import { pause } from './pause.ts';
import { createSecretSource } from './secret-source.ts';
import { createForgeTokens } from './token-keeper.ts';
import { uptimeMs } from './uptime.ts';
import { watchClient } from './watched-client.ts';
import { openProcesses } from './wiring-process.ts';
import { fetchWithFreshKey, type WorkerKey } from './worker-key.ts';
import { work } from './worker.ts';
import type { Workplace } from './workplace.ts';

/** The version that the worker tells the server. */
export const version = '0.1.0';

/** Between two tries after trouble on this side: a full disk, an engine that is away. */
const troubleMs = 2_000;

/** Where the worker keeps its own files. */
export function homeOf(settings: Pick<WorkerSettings, 'dataDir'>): string {
  return join(settings.dataDir, 'worker');
}

/**
 * The whole worker: Poller → Limiter → Attempt → Executor, with the lease keeper beside them. Works until the signal;
 * throws when it cannot go on.
 */
export async function runWorker(config: WorkerConfig, logger: Logger, stop: AbortSignal): Promise<void> {
  const { settings } = config;
  const metrics = createMetrics({ withProcess: true, now: Date.now });
  const monotonicMs = (): number => performance.now();
  const health = createHealth(monotonicMs);
  const { host, port } = settings.health;
  const healthLogger = logger.child({ component: 'health' });
  await using _healthServer =
    port === 0 ? undefined : openHealthServer({ host, port, health, metrics, logger: healthLogger });

  const filesLogger = logger.child({ component: 'files' });
  const key = await untilFilesAreThere({ config, health, logger: filesLogger }, stop);
  await using way = await openServerFetch(settings);
  const home = homeOf(settings);
  await using workplace = await openWorkplace({ settings, key, meters: metrics, health, logger }, stop);
  const { executor, journal, instance, lost } = workplace;
  const calls = createClient({
    baseUrl: settings.serverUrl,
    key: key.current,
    fetch: fetchWithFreshKey(way.fetch, key),
  });
  const client = watchClient(calls, { settings, meters: metrics, health });
  await using forgeTokens = createTokens(settings, logger.child({ component: 'forge-tokens' }));
  const logsLogger = logger.child({ component: 'logs' });
  const logs = createRunLogs({
    client,
    executor,
    folder: join(home, 'spool'),
    secrets: createSecretSource({
      settings,
      key,
      forgeTokens,
      now: monotonicMs,
      logger: logsLogger,
    }),
    meters: metrics,
    logger: logsLogger,
  });
  const signal = AbortSignal.any([stop, lost]);
  await work(
    {
      client,
      executor,
      journal,
      logs,
      forgeTokens,
      settings,
      meters: metrics,
      health,
      instance,
      version,
      now: Date.now,
      troubleMs,
      logger,
    },
    signal,
  );
  lost.throwIfAborted();
}

interface WorkplaceOptions {
  readonly settings: WorkerSettings;
  readonly key: WorkerKey;
  readonly meters: Meters;
  readonly health: Health;
  readonly logger: Logger;
}

async function openWorkplace(
  { settings, key, meters, health, logger }: WorkplaceOptions,
  stop: AbortSignal,
): Promise<Workplace> {
  const home = homeOf(settings);
  switch (settings.executor) {
    case 'process':
      return openProcesses({ settings, home, agentCommand: agentCommandOf(settings), logger }, stop);
    case 'kubernetes': {
      // Loaded where it is needed alone: its client is large.
      const { openKubernetes } = await import('./wiring-kubernetes.ts');
      return openKubernetes({ settings, key, version, home, meters, health, logger }, stop);
    }
    default:
      return settings.executor satisfies never;
  }
}

function createTokens(settings: WorkerSettings, logger: Logger): ForgeTokens {
  const source = createAppTokens(settings, logger);
  const folder = join(homeOf(settings), 'forge-tokens');
  return createForgeTokens({ source, folder, clock: { now: uptimeMs, pause }, logger });
}

/** What the executor needs, for `doctor`. */
export async function checkExecutor(
  settings: WorkerSettings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  switch (settings.executor) {
    case 'process':
      return checkPrograms({ agentCommand: agentCommandOf(settings), settings }, signal);
    case 'kubernetes': {
      const { checkCluster } = await import('./wiring-kubernetes.ts');
      return checkCluster(settings, signal);
    }
    default:
      return settings.executor satisfies never;
  }
}

/** How an image keeps to what runs need of it, for `doctor image`. */
export async function checkImage(
  settings: WorkerSettings,
  image: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  switch (settings.executor) {
    case 'process':
      return [
        {
          check: 'image',
          state: 'failed',
          message: 'the executor "process" runs no images',
          fix: 'Ask a worker with "executor: kubernetes".',
        },
      ];
    case 'kubernetes': {
      const { checkAgentImage } = await import('./wiring-kubernetes.ts');
      return checkAgentImage(settings, image, signal);
    }
    default:
      return settings.executor satisfies never;
  }
}

function agentCommandOf(settings: WorkerSettings): readonly string[] {
  return settings.agentCommand ?? defaultAgentCommand();
}

/** verve-agent of this workspace, found by its place beside the worker: the worker never imports it. */
function defaultAgentCommand(): readonly string[] {
  const isSource = extname(import.meta.url) === '.ts';
  const entry = isSource ? '../../agent/src/main.ts' : '../../agent/dist/main.js';
  const conditions = isSource ? ['--conditions=source'] : [];
  return [process.execPath, ...conditions, fileURLToPath(new URL(entry, import.meta.url))];
}
