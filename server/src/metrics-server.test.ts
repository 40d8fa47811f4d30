import { createServer } from 'node:net';

import { expect, test } from 'vitest';

import { openMetricsServer } from './metrics-server.ts';
import { createMetrics } from './metrics.ts';
import { failedStart, startProgram } from './testing/program.ts';

test('shows metrics, and nothing else', async () => {
  await using server = await openMetricsServer(
    { host: '127.0.0.1', port: 0 },
    createMetrics({ withProcess: false }),
  );
  const at = `http://127.0.0.1:${server.port}`;

  const metrics = await fetch(`${at}/metrics`);

  expect(await metrics.text()).toContain('verve_tasks_created_total');
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
  expect((await fetch(`${at}/api/v1/tasks`)).status).toBe(404);
});

test('a server with a port for metrics does not show them beside the API', async () => {
  const own = await startProgram({ VERVE_METRICS_PORT: '0' });
  const usual = await startProgram({});

  expect((await fetch(`${own.url}/metrics`)).status).toBe(404);
  expect((await fetch(`${usual.url}/metrics`)).status).toBe(200);
});

test('a port that is taken ends the start with a sentence', async () => {
  const other = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  other.listen(0, '0.0.0.0', resolve);
  await promise;
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const { told, code } = await failedStart({ VERVE_METRICS_PORT: String(port) });
  other.close();

  expect(told).toBe(
    `verve-server: port ${port} is in use; stop what listens there, or set VERVE_METRICS_PORT to another one\n`,
  );
  expect(code).toBe(1);
});
