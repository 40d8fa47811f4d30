import { expect, test } from 'vitest';

import { expectFailure, once, type Failure } from './failures.ts';
import { scenario } from './scenario.ts';
import { countedReasons } from './witnesses.ts';

const little = { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } };
const bounded = { ...little, limits: { memory: '256Mi' } };
const settings = {
  capacity: 5,
  kubernetes: {
    storage: '20Mi',
    resources: { checkout: little, agent: bounded, publish: little },
  },
};

interface AgentFailure extends Failure {
  readonly script: string;
  readonly timeoutSeconds?: number;
}

const cases: readonly AgentFailure[] = [
  {
    what: 'agent fails',
    how: 'its program ends with exit code 7',
    script: 'echo "I give up" >&2; exit 7',
    reason: 'AgentFailed',
    message: [/exit code 7/, /I give up/],
  },
  {
    what: 'agent out of memory',
    how: 'its program asks for more than `kubernetes.resources.agent.limits.memory`',
    script: 'exec tail /dev/zero',
    reason: 'OutOfMemory',
    message: [/OOMKilled/, /raise "kubernetes.resources.agent.limits.memory"/],
  },
  {
    what: 'child of an agent out of memory',
    how: 'the same in a child of the program, which ends well itself',
    script: 'tail /dev/zero || echo done > done.txt',
    reason: 'OutOfMemory',
    message: [/OOMKilled/, /raise "kubernetes.resources.agent.limits.memory"/],
  },
  {
    what: 'time over',
    how: 'an agent that goes on, `timeoutSeconds: 20`',
    script: 'sleep 600',
    timeoutSeconds: 20,
    reason: 'TimedOut',
    message: [/stopped after 20 s/, /the time that the task was given/],
  },
  {
    what: 'disk full',
    how: 'an agent that writes more than `kubernetes.storage`',
    script: 'head -c 60000000 /dev/zero > big; sleep 600',
    reason: 'OutOfDisk',
    message: [
      /Usage of EmptyDir volume "verve-workspace" exceeds the limit "20Mi"/,
      /Raise "kubernetes.storage"/,
    ],
  },
];

scenario('an agent that fails', { settings }, (here) => {
  const tasks = once(async () => {
    const repository = await here().makeRepository();
    const give = async ({ script, timeoutSeconds = 600 }: AgentFailure): Promise<string> =>
      (await here().give(repository, script, { timeoutSeconds })).id;
    return Promise.all(cases.map(give));
  });

  test.for(cases)('is told everywhere: $what', async (failure) => {
    const taskId = (await tasks())[cases.indexOf(failure)] ?? '';

    await here().ended(taskId);

    await expectFailure(here(), { taskId, attempt: 1 }, failure);
  });

  test('is counted by the worker', async () => {
    expect(await countedReasons(here())).toEqual({
      AgentFailed: 1,
      OutOfMemory: 2,
      TimedOut: 1,
      OutOfDisk: 1,
    });
  });
});
