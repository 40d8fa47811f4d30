import { expect, test } from 'vitest';

import { keepRow } from './failure-table.ts';
import { nextLook, once, secondsOf } from './failures.ts';
import { scenario } from './scenario.ts';
import { countedReasons, loggedEnd, objectNameOf, selectorOf, type AttemptOf } from './witnesses.ts';
import type { ClusterWorld } from './world.ts';

const message = 'its AgentRun was deleted in Kubernetes';

/** An agent that would go on for minutes is at work. */
async function begin(here: ClusterWorld): Promise<AttemptOf> {
  const { id: taskId } = await here.give(await here.makeRepository(), 'sleep 600');
  while ((await here.client.ask('getTask', { params: { id: taskId } })).phase !== 'agent') await nextLook();
  return { taskId, attempt: 1 };
}

/** Expects that its task is canceled, that everybody says why, and that nothing is left, the AgentRun included. */
async function expectCanceled(here: ClusterWorld, ref: AttemptOf): Promise<void> {
  const { kubectl } = here;

  const task = await here.ended(ref.taskId);

  expect(task).toMatchObject({ status: 'canceled', reason: 'Canceled', message });
  await kubectl.run(['wait', 'agentruns,pods', selectorOf(ref), '--for=delete', '--timeout=60s']);
  expect(await loggedEnd(here, ref)).toMatchObject({ status: 'canceled', reason: 'Canceled', message });
  const left = await kubectl.run(['get', 'agentruns,jobs,pods,secrets', selectorOf(ref), '--output=name']);
  expect(left).toBe('');
}

scenario('an AgentRun that somebody deletes', {}, (here) => {
  const runs = once(async () => Promise.all([begin(here()), begin(here())]));
  const remove = async (ref: AttemptOf): Promise<string> =>
    here().kubectl.run(['delete', 'agentrun', objectNameOf(ref), '--wait=false']);

  test('cancels its task', async () => {
    const [ref] = await runs();

    await remove(ref);

    await expectCanceled(here(), ref);
    expect(await countedReasons(here())).toEqual({ Canceled: 1 });
    const seconds = await secondsOf(here(), ref);
    const how = '`kubectl delete agentrun`';
    keepRow({ what: 'AgentRun deleted', how, reason: 'Canceled', message, seconds });
  });

  test('cancels its task once a worker runs again, if none does', async () => {
    const [, ref] = await runs();
    const scale = async (replicas: number): Promise<string> =>
      here().kubectl.run(['scale', 'deployment/verve-worker', `--replicas=${replicas}`]);
    await scale(0);
    await here().kubectl.run([
      'wait',
      'pods',
      '--selector=app.kubernetes.io/name=verve-worker',
      '--for=delete',
      '--timeout=60s',
    ]);

    await remove(ref);
    await scale(1);

    await expectCanceled(here(), ref);
    expect(await countedReasons(here())).toEqual({ Canceled: 1 });
    const seconds = await secondsOf(here(), ref);
    const how = 'the same, with the worker scaled to none';
    keepRow({
      what: 'AgentRun deleted while no worker runs',
      how,
      reason: 'Canceled',
      message,
      seconds,
    });
  });
});
