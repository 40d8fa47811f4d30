import { expect, test } from 'vitest';

import { createMetrics } from './metrics.ts';

test('reasons of other versions share one label value', async () => {
  const metrics = createMetrics({ withProcess: false });

  metrics.taskEnded('failed', 'AgentFailed');
  metrics.taskEnded('failed', 'FromTheFuture');
  metrics.taskEnded('failed', 'AlsoNew');
  const text = await metrics.text();

  expect(text).toContain('verve_tasks_ended_total{status="failed",reason="AgentFailed"} 1');
  expect(text).toContain('verve_tasks_ended_total{status="failed",reason="Other"} 2');
});

test('the age of the oldest pending task goes back to 0 when none is left', async () => {
  const metrics = createMetrics({ withProcess: false });
  const age = async (): Promise<string | undefined> =>
    /^verve_queue_oldest_pending_seconds (.*)$/m.exec(await metrics.text())?.[1];

  metrics.queueDepth({ pending: 2, running: 1, oldestPendingAt: 5_000 }, 35_000);
  const before = await age();
  metrics.queueDepth({ pending: 0, running: 3 }, 36_000);

  expect([before, await age()]).toEqual(['30', '0']);
  expect(await metrics.text()).toContain('verve_queue_tasks{status="running"} 3');
});

test('process metrics come only when asked for', async () => {
  expect(await createMetrics({ withProcess: false }).text()).not.toContain('process_cpu');
  expect(await createMetrics({ withProcess: true }).text()).toContain('process_cpu_seconds_total');
});
