import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { newId } from '@verve/contract';
import { pino } from 'pino';
import { expect, test } from 'vitest';

import { openHealthServer, type HealthServer, type HealthServerOptions } from './health-server.ts';
import type { Verdict } from './health.ts';
import { createMetrics } from './metrics.ts';
import { silent } from './testing/run.ts';

const metrics = createMetrics({ withProcess: false, now: () => 5_000 });

function open(ready: Verdict, given: Partial<HealthServerOptions> = {}): HealthServer {
  const health = { live: (): Verdict => ({ isWell: true }), ready: () => ready };
  const usual = { host: '127.0.0.1', port: 0, againMs: 20, health, metrics, logger: silent };
  return openHealthServer({ ...usual, ...given });
}

test('it says whether the worker lives and is ready, and why not', async () => {
  await using server = open({ isWell: false, why: 'the worker is registering' });
  const url = `http://127.0.0.1:${await server.listening}`;

  const [live, ready, other] = await Promise.all(
    ['/healthz', '/readyz', '/secrets'].map(async (path) => fetch(url + path)),
  );

  expect(await live?.json()).toEqual({ status: 'ok' });
  expect(ready?.status).toBe(503);
  expect(await ready?.json()).toEqual({ status: 'failing', why: 'the worker is registering' });
  expect(other?.status).toBe(404);
});

test('metrics have few label values, whatever a run tells', async () => {
  const attempt = { taskId: newId('task'), attempt: 1, spec: { agent: { name: 'claude' } } };
  metrics.attemptEnded(attempt, { status: 'failed', reason: 'AgentFailed' });
  metrics.attemptEnded(attempt, { status: 'failed', reason: 'MadeUpByARun' });
  metrics.callEnded('heartbeat', 'ok');
  metrics.callEnded('pollTasks', 'unreachable');
  metrics.inHand(1, 2);
  metrics.chunkShipped(50, 1_234);
  await using server = open({ isWell: true });

  const text = await (await fetch(`http://127.0.0.1:${await server.listening}/metrics`)).text();

  expect(text).toContain('verve_worker_attempts_total{status="failed",reason="AgentFailed"} 1');
  expect(text).toContain('verve_worker_attempts_total{status="failed",reason="Other"} 1');
  expect(text).toContain('verve_worker_heartbeat_last_success_timestamp_seconds 5');
  expect(text).toContain('verve_worker_calls_total{call="pollTasks",result="unreachable"} 1');
  expect(text).toContain('verve_worker_attempts_in_hand 1');
  expect(text).toContain('verve_worker_log_bytes_total 1234');
});

async function takePort(): Promise<AsyncDisposable & { readonly port: number }> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => taken.close(resolve));
    },
  };
}

test('a port that is taken is tried again until it is free', async () => {
  const taken = await takePort();
  const warned = Promise.withResolvers<void>();
  const logger = pino({ level: 'warn' }, { write: () => warned.resolve() });
  await using server = open({ isWell: true }, { port: taken.port, logger });
  await warned.promise;

  await taken[Symbol.asyncDispose]();

  expect(await server.listening).toBe(taken.port);
});

test('a port that stays taken keeps nobody from closing', async () => {
  await using taken = await takePort();
  const server = open({ isWell: true }, { port: taken.port });

  await server[Symbol.asyncDispose]();

  await expect(server.listening).rejects.toThrow('aborted');
});
