import { expect, test } from 'vitest';

import { podsEverMade, untilPhase } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { workerPods } from './worker-pods.ts';
import { runNameOf } from './world.ts';

const server = { VERVE_TIMES_HEARTBEAT_SECONDS: '1', VERVE_TIMES_LEASE_SECONDS: '5' };

scenario('the worker is gone for longer than its leases', { server }, (here) => {
  test('its task is tried again, and the old run does not publish', async () => {
    const { kubectl, client, forge } = here();
    const pods = workerPods(kubectl);
    const repository = await here().makeRepository();
    const task = await here().give(repository, 'echo work >> work.txt; sleep 6');
    await untilPhase(kubectl, task, 'Agent');

    await pods.scale(0);
    await until('the server has taken the attempt back', async () => {
      const { status } = await client.ask('getTask', { params: { id: task.id } });
      return status === 'pending';
    });
    await kubectl.run(['wait', 'pod', '--for=condition=Ready', '--all', '--timeout=60s']);
    const whileNobodySaw = await forge.pullRequests(repository.name);
    await pods.scale(1);

    expect(await here().ended(task.id)).toMatchObject({ reason: 'PullRequestOpened', attempt: 2 });
    expect(whileNobodySaw).toEqual([]);
    expect(await forge.pullRequests(repository.name)).toHaveLength(1);
    expect(await podsEverMade(kubectl)).toEqual([runNameOf(task, 1), runNameOf(task, 2)]);
    await untilPhase(kubectl, task, 'Lost');
    const { attempts } = await client.ask('getTask', { params: { id: task.id } });
    expect(attempts).toMatchObject([{ status: 'lost' }, { status: 'completed' }]);
  });

  test('its task is canceled all the same when its AgentRun was deleted meanwhile', async () => {
    const { kubectl, client } = here();
    const pods = workerPods(kubectl);
    const task = await here().give(await here().makeRepository(), 'sleep 600');
    await untilPhase(kubectl, task, 'Agent');
    await pods.scale(0);

    await kubectl.run(['delete', 'agentrun', runNameOf(task, 1), '--wait=false']);
    await until('the server has taken the attempt back', async () => {
      const { status } = await client.ask('getTask', { params: { id: task.id } });
      return status === 'pending';
    });
    await pods.scale(1);

    const message = 'its AgentRun was deleted in Kubernetes';
    expect(await here().ended(task.id)).toMatchObject({ status: 'canceled', attempt: 2, message });
    expect(await podsEverMade(kubectl)).not.toContain(runNameOf(task, 2));
    await kubectl.run(['wait', `agentrun/${runNameOf(task, 1)}`, '--for=delete', '--timeout=60s']);
  });
});
