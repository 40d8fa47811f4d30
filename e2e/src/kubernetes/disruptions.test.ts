import type { Task } from '@verve/contract';
import { expect, test } from 'vitest';

import { expectFailure, nextLook, once, type Failure } from './failures.ts';
import { scenario } from './scenario.ts';
import { countedReasons, objectNameOf, selectorOf } from './witnesses.ts';
import type { ClusterWorld } from './world.ts';

/** What somebody does to the first attempt, which would go on for minutes. */
interface Disruption extends Failure {
  readonly act: (here: ClusterWorld, victim: Victim) => Promise<unknown>;
}

interface Victim {
  readonly task: Task;
  readonly pod: string;
  readonly node: string;
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName: string };
  readonly status: {
    readonly initContainerStatuses?: readonly {
      readonly name: string;
      readonly state: { readonly running?: object };
    }[];
  };
}

/** The first attempt goes on and on, the next one works. */
const script = `grep -q '"attempt":1[,}]' "$VERVE_TASK_FILE" && sleep 600; echo hello > greeting.txt`;
const remedy = /another attempt needs nothing changed/;

const cases: readonly Disruption[] = [
  {
    what: 'pod deleted',
    how: '`kubectl delete pod`',
    reason: 'Disrupted',
    message: [/its pod was deleted/, remedy],
    act: async ({ kubectl }, { pod }) => kubectl.run(['delete', 'pod', pod, '--wait=false']),
  },
  {
    what: 'pod evicted',
    how: 'an eviction by the API',
    reason: 'Disrupted',
    message: [/EvictionByEvictionAPI: Eviction API: evicting/, remedy],
    act: async ({ kubectl }, { pod }) => {
      const path = `/api/v1/namespaces/${kubectl.namespace}/pods/${pod}/eviction`;
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } };
      return kubectl.run(['create', '--raw', path, '--filename=-'], JSON.stringify(body));
    },
  },
  {
    what: 'node drained',
    how: '`kubectl drain`, and `uncordon` at once',
    reason: 'Disrupted',
    message: [/EvictionByEvictionAPI: Eviction API: evicting/, remedy],
    act: drain,
  },
  {
    what: 'Job deleted',
    how: '`kubectl delete job`',
    reason: 'RunVanished',
    message: [/its Job is gone: somebody deleted it/, /cancel it, or delete its AgentRun/],
    act: async ({ kubectl }, { task }) =>
      kubectl.run(['delete', 'job', objectNameOf({ taskId: task.id, attempt: 1 }), '--wait=false']),
  },
];

/** Drains a node of one pod; others may be put there again once that pod is on its way out. */
async function drain({ kubectl }: ClusterWorld, { task, pod, node }: Victim): Promise<void> {
  const only = `--pod-selector=verve.dev/task=${task.id}`;
  const draining = kubectl.run(['drain', node, only, '--delete-emptydir-data', '--timeout=60s']);
  try {
    const isStaying = async (): Promise<boolean> => {
      const time = await kubectl.run(['get', 'pod', pod, '--output=jsonpath={.metadata.deletionTimestamp}']);
      return time === '';
    };
    while (await isStaying().catch(() => false)) await nextLook();
  } finally {
    await kubectl.run(['uncordon', node]);
  }
  await draining;
}

scenario('a run that is taken from its node', {}, (here) => {
  /** Waits for the agent of the first attempt, and disturbs it. */
  async function disturb(repository: string, { act }: Disruption): Promise<string> {
    const task = await here().give({ url: repository, name: '' }, script);
    const pod = await podWithAgent(task);
    await act(here(), { task, pod: pod.metadata.name, node: pod.spec.nodeName });
    return task.id;
  }

  async function podWithAgent({ id: taskId }: Task): Promise<Pod> {
    for (;;) {
      const { items } = await here().kubectl.get<{ items: readonly Pod[] }>(
        'pods',
        selectorOf({ taskId, attempt: 1 }),
      );
      const found = items.find(({ status }) =>
        status.initContainerStatuses?.some(({ name, state }) => name === 'agent' && state.running),
      );
      if (found) return found;
      await nextLook();
    }
  }

  const tasks = once(async () => {
    const { url } = await here().makeRepository();
    return Promise.all(cases.map(async (one) => disturb(url, one)));
  });

  test.for(cases)('fails as the cluster says, and is tried again: $what', async (failure) => {
    const taskId = (await tasks())[cases.indexOf(failure)] ?? '';

    const task = await here().ended(taskId);

    expect(task).toMatchObject({ status: 'completed', attempt: 2, maxAttempts: 1 });
    await expectFailure(here(), { taskId, attempt: 1 }, failure);
  });

  test('is counted by the worker', async () => {
    await tasks();

    expect(await countedReasons(here())).toEqual({ Disrupted: 3, RunVanished: 1, PullRequestOpened: 4 });
  });
});
