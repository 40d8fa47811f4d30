import { expect, test } from 'vitest';

import { expectFailure, type Failure } from './failures.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { selectorOf, type AttemptOf } from './witnesses.ts';

const name = `verve-dead-${process.pid}`;
const settings = {
  kubernetes: {
    nodeSelector: { 'verve.test/node': name },
    tolerations: [{ operator: 'Exists' }],
  },
};

/** A node of which nothing is there but its object, as when its power is gone: no kubelet ends what is on it. */
const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'verve.test/node': name } },
  // Nobody else's pods are to wait there for ever.
  spec: { taints: [{ key: 'verve.test/node', value: name, effect: 'NoSchedule' }] },
};
const room = { cpu: '8', memory: '16Gi', pods: '20', 'ephemeral-storage': '100Gi' };
const nodeStatus = { status: { capacity: room, allocatable: room } };

const gone: Failure = {
  what: 'node gone',
  how: 'a pod that is deleted on a node that has died',
  reason: 'Disrupted',
  message: [/its pod was deleted/, /another attempt needs nothing changed/],
};

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
}

scenario('the node of a run dies', { settings }, (here) => {
  async function podOnNode(ref: AttemptOf): Promise<string | undefined> {
    const { items } = await here().kubectl.get<{ items: readonly Pod[] }>('pods', selectorOf(ref));
    return items.find(({ spec }) => spec.nodeName === name)?.metadata.name;
  }

  /** What its kubelet told before. */
  async function tellRunning(pod: string): Promise<void> {
    const state = { running: { startedAt: new Date().toISOString() } };
    const one = { name: 'checkout', state, image: 'x', imageID: 'x', ready: false, restartCount: 0 };
    const status = JSON.stringify({ status: { initContainerStatuses: [one] } });
    await here().kubectl.run([
      'patch',
      'pod',
      pod,
      '--subresource=status',
      '--type=merge',
      `--patch=${status}`,
    ]);
  }

  /** As people do who will not have it back; what is on it goes with it. */
  async function removeNode(): Promise<void> {
    const { kubectl } = here();
    await kubectl.run(['delete', 'node', name]);
    await kubectl.run([
      'delete',
      'pods',
      '--selector=app.kubernetes.io/name=verve-run',
      '--force',
      '--grace-period=0',
    ]);
  }

  test('it ends when its pod is deleted, and so does the next one when its task is canceled', async () => {
    const { client, kubectl } = here();
    await kubectl.apply(node);
    const status = JSON.stringify(nodeStatus);
    await kubectl.run(['patch', 'node', name, '--subresource=status', '--type=merge', `--patch=${status}`]);
    const { id: taskId } = await here().give(await here().makeRepository(), 'true');
    const [first, second] = [
      { taskId, attempt: 1 },
      { taskId, attempt: 2 },
    ] as const;

    try {
      await until('the first attempt is there', async () => (await podOnNode(first)) !== undefined);
      const pod = (await podOnNode(first)) ?? '';
      await tellRunning(pod);
      await kubectl.run(['delete', 'pod', pod, '--wait=false']);
      await until('it is tried again', async () => (await podOnNode(second)) !== undefined);
      await client.ask('cancelTask', { params: { id: taskId }, body: {} });

      expect(await here().ended(taskId)).toMatchObject({ status: 'canceled', attempt: 2 });
    } finally {
      await removeNode();
    }
    await expectFailure(here(), first, gone);
  });
});
