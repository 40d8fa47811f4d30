import type { Task } from '@verve/contract';
import { expect, test } from 'vitest';

import { agentRunOf, jobsOf, podsEverMade } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { runNameOf, scriptAgent, type ClusterWorld } from './world.ts';

const settings = {
  capacity: 1,
  agents: [scriptAgent, { ...scriptAgent, name: 'unreachable', image: 'registry.invalid/none:1' }],
  kubernetes: { graceSeconds: 600 },
};

scenario('a task is canceled', { settings }, (here) => {
  test('while it is queued, and while it runs', async () => {
    const repository = await here().makeRepository();
    const script = `trap 'echo last words; exit 1' INT TERM; echo begun; sleep 600 & wait`;
    const running = await here().give(repository, script);
    await until('it runs', async () => (await here().log(running.id)).includes('begun'));
    const queued = await here().give(repository, 'echo never');

    const canceled = await cancel(here(), queued);
    await cancel(here(), running);

    expect(canceled).toMatchObject({ status: 'canceled', attempt: 0 });
    expect(await here().ended(running.id)).toMatchObject({ status: 'canceled', reason: 'Canceled' });
    expect(await here().log(running.id)).toContain('last words');
    await expectCleared(here(), running);
    expect(await agentRunOf(here().kubectl, queued)).toBeUndefined();
  });

  test('while it is claimed and has no Job', async () => {
    const { kubectl } = here();
    await kubectl.apply(quota({ 'count/jobs.batch': '0' }));
    const task = await here().give(await here().makeRepository(), 'echo never');
    await until('its Job is refused', async () => (await here().workerLog()).includes('exceeded quota'));

    await cancel(here(), task);

    expect(await here().ended(task.id)).toMatchObject({ status: 'canceled', reason: 'Canceled' });
    await kubectl.run(['delete', 'resourcequota', 'none']);
    await expectCleared(here(), task);
    expect(await podsEverMade(kubectl)).not.toContain(runNameOf(task));
  });

  test('while it has a Job that has no pod', async () => {
    const { kubectl } = here();
    await kubectl.apply(quota({ pods: '0' }));
    const task = await here().give(await here().makeRepository(), 'echo never');
    await untilWaiting(here(), task, /exceeded quota/);

    await cancel(here(), task);

    expect(await here().ended(task.id)).toMatchObject({ status: 'canceled', reason: 'Canceled' });
    await expectCleared(here(), task);
    expect(await podsEverMade(kubectl)).not.toContain(runNameOf(task));
    await kubectl.run(['delete', 'resourcequota', 'none']);
  });

  test('while its pod waits for an image', async () => {
    const task = await here().give(await here().makeRepository(), 'echo never', { agent: 'unreachable' });
    await untilWaiting(here(), task, /registry\.invalid/);

    await cancel(here(), task);

    expect(await here().ended(task.id)).toMatchObject({ status: 'canceled', reason: 'Canceled' });
    await expectCleared(here(), task);
  });
});

function quota(hard: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard } };
}

async function cancel({ client }: ClusterWorld, { id }: Task): Promise<Task> {
  return client.ask('cancelTask', { params: { id }, body: { reason: 'not needed any more' } });
}

async function untilWaiting({ client }: ClusterWorld, { id }: Task, why: RegExp): Promise<void> {
  await until(`the task waits for ${why.source}`, async () =>
    why.test((await client.ask('getTask', { params: { id } })).waiting ?? ''),
  );
}

async function expectCleared({ kubectl }: ClusterWorld, task: Task): Promise<void> {
  await kubectl.run(['wait', `agentrun/${runNameOf(task)}`, '--for=condition=Complete', '--timeout=60s']);
  await until('no Job is left', async () => (await jobsOf(kubectl)).length === 0);
  expect(await agentRunOf(kubectl, task)).toMatchObject({ status: { phase: 'Canceled' } });
}
