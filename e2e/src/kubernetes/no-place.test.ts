import { expect, test } from 'vitest';

import { expectFailure, giveWatched, nextLook, once, type Failure, type Given } from './failures.ts';
import { scenario } from './scenario.ts';
import { installBeside } from './second-worker.ts';
import { until } from './until.ts';
import { countedReasons } from './witnesses.ts';
import type { ClusterWorld } from './world.ts';

const pendingSeconds = 20;
const agentOf = (name: string): object => ({ name, driver: 'command', command: ['true'] });
const settings = {
  agents: [agentOf('unplaced')],
  kubernetes: { pendingSeconds, nodeSelector: { 'verve.test/node': 'none' } },
};

const unplaced: Failure = {
  what: 'no node that fits',
  how: `\`kubernetes.nodeSelector\` that no node has, \`kubernetes.pendingSeconds: ${pendingSeconds}\``,
  reason: 'Unschedulable',
  message: [/\d+\/\d+ nodes are available: .*node affinity\/selector/, /add nodes, or change "kubernetes"/],
};
const refused: Failure = {
  what: 'quota exceeded',
  how: `a ResourceQuota for \`requests.cpu\` that is used up, \`kubernetes.pendingSeconds: ${pendingSeconds}\``,
  reason: 'Unschedulable',
  message: [
    /forbidden: exceeded quota: full, requested: requests\.cpu/,
    /raise the quota of the namespace, or lower/,
  ],
};
const uncreated: Failure = {
  what: 'quota of Jobs exceeded',
  how: 'a ResourceQuota for `count/jobs.batch` that is used up',
  reason: 'Disrupted',
  message: [
    /no Job can be made for the run: .* forbidden: exceeded quota: no-jobs, requested: count\/jobs\.batch/,
    /raise the quota of the namespace, or lower/,
  ],
};
const insecure: Failure = {
  what: 'Pod Security violated',
  how: '`kubernetes.podTemplate.spec.volumes` with a `hostPath` in a namespace that enforces `restricted`',
  reason: 'ConfigInvalid',
  message: [
    /violates PodSecurity "restricted:.*hostPath/,
    /change "kubernetes" in the worker's configuration/,
  ],
};

/** A worker beside the first whose runs would see their node's disk. */
async function installInsecure(here: ClusterWorld): Promise<void> {
  await installBeside(here, {
    name: 'insecure',
    settings: { agents: [agentOf('insecure')] },
    kubernetes: {
      graceSeconds: 10,
      nodeSelector: {},
      podTemplate: { spec: { volumes: [{ name: 'disk', hostPath: { path: '/opt' } }] } },
    },
  });
}

/** Resolves once somebody says why a task waits. */
async function untilItWaits({ client }: ClusterWorld, { taskId: id }: Given): Promise<void> {
  while ((await client.ask('getTask', { params: { id } })).waiting === undefined) await nextLook();
}

/** Uses up the namespace, for what is yet to be made. */
function quota(name: string, what: string, most: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name },
    spec: { hard: { [what]: most } },
  };
}

scenario('a run that gets no pod, or no node', { settings }, (here) => {
  const tasks = once(async () => {
    await installInsecure(here());
    const repository = await here().makeRepository();
    const give = async (agent: string): Promise<Given> => giveWatched(here(), repository, { agent });
    const [first, second] = await Promise.all([give('unplaced'), give('insecure')]);
    await Promise.all([untilItWaits(here(), first), untilItWaits(here(), second)]);
    await here().kubectl.apply(quota('full', 'requests.cpu', '1m'));
    return new Map([
      [unplaced, first],
      [insecure, second],
      [refused, await give('unplaced')],
    ]);
  });

  test.for([unplaced, insecure, refused])('waits with the words, and fails: $what', async (failure) => {
    const { taskId = '', waits } = (await tasks()).get(failure) ?? {};

    const said = (await waits)?.join('\n');

    expect(said).toMatch(failure.message[0]);
    await expectFailure(here(), { taskId, attempt: 1 }, failure);
  });

  test('is counted by the workers', async () => {
    await tasks();

    expect(await countedReasons(here())).toEqual({ Unschedulable: 2, ConfigInvalid: 1 });
  });

  test(`fails, and is tried again: ${uncreated.what}`, async () => {
    const { client, kubectl } = here();
    const repository = await here().makeRepository();
    await kubectl.apply(quota('no-jobs', 'count/jobs.batch', '0'));
    const { id } = await here().give(repository, 'true', { agent: 'unplaced' });
    const attempts = async (): Promise<number> => (await client.ask('getTask', { params: { id } })).attempt;

    await until('it is tried again', async () => (await attempts()) > 1);

    await client.ask('cancelTask', { params: { id }, body: {} });
    await expectFailure(here(), { taskId: id, attempt: 1 }, uncreated);
  });
});
