import { SettingsInvalid } from '@verve/contract';
import pino from 'pino';

import { readConfig } from './config.ts';
import { MigrationRefused } from './storage/migrations/migrations.ts';
import { StorageUnusable } from './storage/storage.ts';
import { AddressUnusable } from './waiting-room.ts';
import { startServer } from './wiring.ts';

/** A stop that takes longer than this is cut short; below the 30 s that Kubernetes gives. */
const stopMs = 25_000;

/** Reads the configuration, runs the server until the first signal, and stops it. */
async function main(): Promise<void> {
  const stopping = stopSignal();
  const { config, secrets, unknownVariables } = readConfig();
  const logger = pino({ name: 'verve-server', level: config.log.level }, pino.destination(2));
  if (unknownVariables.length > 0) logger.warn({ unknownVariables }, 'variables that are no setting');

  const server = await startServer({ config, secrets, logger }, stopping);
  console.log(
    `Verve listens on http://${config.host === '0.0.0.0' ? 'localhost' : hostOf(config.host)}:${server.port}`,
  );
  if (server.newAdminKey !== undefined) {
    console.log(`Admin key, shown this once: ${server.newAdminKey}`);
  }
  logger.info({ port: server.port }, 'server started');

  await untilAborted(stopping);
  logger.info('server stops');
  setTimeout(() => {
    logger.error('the stop took too long');
    process.exit(1);
  }, stopMs).unref();
  await server[Symbol.asyncDispose]();
  logger.info('server stopped');
}

/** Aborts with the first SIGTERM or SIGINT; the second one ends the process. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  function onSignal(): void {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  }
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}

function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** What the one who starts the server can mend needs no stack. */
function isTheirs(error: unknown): error is Error {
  return [SettingsInvalid, AddressUnusable, MigrationRefused, StorageUnusable].some(
    (theirs) => error instanceof theirs,
  );
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof Error && error.name === 'AbortError') process.exit(0);
  console.error(isTheirs(error) ? `verve-server: ${error.message}` : error);
  process.exit(1);
}
