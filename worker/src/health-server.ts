import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { Logger } from 'pino';

import type { Health, Verdict } from './health.ts';
import type { Metrics } from './metrics.ts';

const usualAgainMs = 5_000;

/** What the server shows, and where. */
export interface HealthServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Between two tries of a port that is taken; absent: 5 s. */
  readonly againMs?: number;
  readonly health: Pick<Health, 'live' | 'ready'>;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly logger: Logger;
}

/** `/healthz`, `/readyz` and `/metrics`, without a key, until it is disposed of. */
export interface HealthServer extends AsyncDisposable {
  /** Resolves to the port once it listens. */
  readonly listening: Promise<number>;
}

/**
 * Opens the server. A port that is taken is said once and tried again: it is no reason to run no tasks, and the process
 * that another one waits for has it.
 */
export function openHealthServer(options: HealthServerOptions): HealthServer {
  const { host, port, againMs = usualAgainMs, logger } = options;
  const end = new AbortController();
  const server = createServer((request, response) => {
    answer(options, request.url ?? '', response).catch((error: unknown) => {
      logger.error({ err: error }, 'health call failed');
      response.destroy();
    });
  });

  /** What keeps it from listening; undefined when it listens. */
  async function tryPort(): Promise<unknown> {
    try {
      server.listen(port, host);
      await once(server, 'listening', { signal: end.signal });
      return undefined;
    } catch (error) {
      end.signal.throwIfAborted();
      return error;
    }
  }

  async function listen(): Promise<number> {
    let problem = await tryPort();
    if (problem) logger.warn({ err: problem, host, port }, 'health server cannot listen; trying again');
    while (problem) {
      await wait(againMs, undefined, { signal: end.signal });
      problem = await tryPort();
    }
    const address = server.address() as AddressInfo;
    logger.info({ host, port: address.port }, 'health server listens');
    return address.port;
  }

  const listening = listen();
  listening.catch(() => undefined);
  return {
    listening,
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await listening.catch(() => undefined);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  { health, metrics }: HealthServerOptions,
  url: string,
  response: ServerResponse,
): Promise<void> {
  switch (new URL(url, 'http://worker').pathname) {
    case '/healthz':
      return tell(response, health.live());
    case '/readyz':
      return tell(response, health.ready());
    case '/metrics':
      response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.text());
      return;
    default:
      response.writeHead(404).end();
  }
}

function tell(response: ServerResponse, verdict: Verdict): void {
  const body = verdict.isWell ? { status: 'ok' } : { status: 'failing', why: verdict.why };
  response.writeHead(verdict.isWell ? 200 : 503, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
