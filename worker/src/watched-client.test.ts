import { createClient, newId } from '@verve/contract';
import { expect, test } from 'vitest';

import { createHealth } from './health.ts';
import { createRunLogs } from './logs/run-logs.ts';
import { createMetrics } from './metrics.ts';
import { startFakeServer } from './testing/fake-server.ts';
import { lineSource } from './testing/line-source.ts';
import { silent, temporaryFolder } from './testing/run.ts';
import { watchClient } from './watched-client.ts';

test('a worker as it is wired counts each line that the server took once', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const meters = createMetrics({ withProcess: false, now: Date.now });
  const client = watchClient(createClient({ baseUrl: server.url, key: 'k', fetch }), {
    settings: { serverUrl: server.url, network: {}, keyFile: undefined },
    meters,
    health: createHealth(() => 0),
  });
  const source = lineSource();
  source.write(['one', 'two', 'three']);
  source.end();
  const secrets = { current: async (): Promise<string[]> => [] };
  const logs = createRunLogs({
    client,
    executor: source,
    folder: folder.path,
    secrets,
    meters,
    logger: silent,
  });

  const spec = { taskId: newId('task'), attempt: 1, logLevel: 'full' } as const;
  await logs.ship(spec, new AbortController().signal);

  const text = await meters.text();
  expect(text).toContain('\nverve_worker_log_lines_total 3\n');
  expect(text).toContain('\nverve_worker_log_bytes_total 11\n');
  expect(text).toContain('verve_worker_calls_total{call="appendLogs",result="ok"} 1\n');
});
