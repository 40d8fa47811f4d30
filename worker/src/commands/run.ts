import { SettingsInvalid } from '@verve/contract';
import type { Logger } from 'pino';

import { loadConfig, type Environment, type WorkerConfig, type WorkerSettings } from '../config.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';

/** What running takes. */
export interface RunParts {
  readonly env: Environment;
  readonly createLogger: (level: WorkerSettings['log']['level']) => Logger;
  readonly runWorker: (config: WorkerConfig, logger: Logger, stop: AbortSignal) => Promise<void>;
  readonly writeError: (text: string) => unknown;
  /** SIGTERM. */
  readonly signal: AbortSignal;
}

/** `verve-worker`: works until the signal. */
export async function run(parts: RunParts): Promise<ExitCode> {
  const { env, createLogger, runWorker, writeError, signal } = parts;
  let config: WorkerConfig;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    writeError(`${error.message}\n`);
    return exitCodes.failed;
  }
  const logger = createLogger(config.settings.log.level);
  warn(config, logger);
  try {
    await runWorker(config, logger, signal);
  } catch (error) {
    if (!signal.aborted) {
      logger.fatal({ err: error }, 'worker ends');
      return exitCodes.failed;
    }
  }
  logger.info('worker stopped; runs go on and the next process adopts them');
  return exitCodes.ok;
}

function warn({ settings, unknownVariables }: WorkerConfig, logger: Logger): void {
  for (const variable of unknownVariables) logger.warn({ variable }, 'unknown variable; ignored');
  if (settings.repositories.length > 0) return;
  logger.warn('no repository is allowed: list patterns under "repositories", or VERVE_REPOSITORIES');
}
