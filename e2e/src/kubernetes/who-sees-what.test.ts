import { phases, type Phase } from '@verve/contract';
import { expect, test } from 'vitest';

import { lookInto, placesOf, type ContainerLook } from './container-look.ts';
import { scenario } from './scenario.ts';
import { secretKey } from './worker-values.ts';
import { runNameOf, scriptAgent, type ClusterWorld } from './world.ts';

const modelKey = 'the-key-of-the-model-host-4711';
const gitSecret = 'a-setting-of-git-that-is-secret-0815';

const options = {
  secrets: { 'model-key': modelKey },
  settings: {
    agents: [{ ...scriptAgent, environmentFrom: { MODEL_KEY: secretKey('model-key') } }],
    gitEnvironment: { GIT_NOTE: gitSecret },
  },
};

/** Lines of `/proc/<pid>/status`. */
const confined = [
  /^Uid:\t1000\t1000\t1000\t1000$/m,
  /^Gid:\t1000\t1000\t1000\t1000$/m,
  ...['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => new RegExp(`^Cap${set}:\t0{16}$`, 'm')),
  /^NoNewPrivs:\t1$/m,
  // A filter.
  /^Seccomp:\t2$/m,
];

/** What was found while each phase was at work, and what the API server shows of the run. */
interface RunLook {
  readonly containers: Readonly<Record<Phase, ContainerLook>>;
  readonly objects: string;
}

/** Holds a run in each phase: checkout and publish by a forge that is away, the agent by its script. */
async function lookIntoRun(world: ClusterWorld): Promise<RunLook> {
  const { kubectl, proxy } = world;
  const repository = await world.makeRepository();
  proxy.isClosed = true;
  const task = await world.give(
    repository,
    'until [ -e "$HOME/go" ]; do sleep 0.2; done; echo hello > greeting',
  );
  const checkout = await lookInto(kubectl, task, 'checkout');
  proxy.isClosed = false;
  const agent = await lookInto(kubectl, task, 'agent');
  const objects = await kubectl.run(['get', 'agentruns,jobs,pods,events', '--output', 'json']);
  proxy.isClosed = true;
  const home = '/tmp/home/go';
  await kubectl.run(['exec', `job/${runNameOf(task)}`, '--container=agent', '--', 'touch', home]);
  const publish = await lookInto(kubectl, task, 'publish');
  proxy.isClosed = false;
  expect(await world.ended(task.id)).toMatchObject({ reason: 'PullRequestOpened' });
  return { containers: { checkout, agent, publish }, objects };
}

scenario('who sees what', options, (here) => {
  let looked: Promise<RunLook> | undefined;
  const look = async (): Promise<RunLook> => (looked ??= lookIntoRun(here()));

  test('what git and the forge are logged in with is in checkout and publish alone', async () => {
    const { password = '', 'forge-token': forgeToken = '' } = here().secrets;
    const { containers } = await look();

    for (const phase of ['checkout', 'publish'] as const) {
      const access = expect.stringMatching(/^\/verve\/access\//);
      const places = [password, forgeToken, gitSecret].map((secret) => placesOf(containers[phase], secret));
      expect(places).toEqual([[access, access], [access, access], ['/proc/environ']]);
    }
    for (const secret of [password, forgeToken, gitSecret]) {
      expect(placesOf(containers.agent, secret)).toEqual([]);
    }
  });

  test('the key of the model host is in the environment of agent alone', async () => {
    const { containers } = await look();

    expect(placesOf(containers.agent, modelKey)).toEqual(['/proc/environ']);
    expect(placesOf(containers.checkout, modelKey)).toEqual([]);
    expect(placesOf(containers.publish, modelKey)).toEqual([]);
  });

  test('the tree is in checkout and agent alone', async () => {
    const { containers } = await look();

    const hasTree = phases.map((phase) =>
      containers[phase].mounts.some((mount) => mount.split(' ')[1] === '/workspace'),
    );
    expect(hasTree).toEqual([true, true, false]);
  });

  test("the worker's own key is nowhere, and no token of a service account", async () => {
    const { key = '' } = here().secrets;
    const { containers } = await look();

    for (const phase of phases) {
      expect(placesOf(containers[phase], key)).toEqual([]);
      expect(containers[phase].serviceAccount).toEqual([]);
      expect(containers[phase].mounts.filter((mount) => mount.includes('serviceaccount'))).toEqual([]);
    }
  });

  test('no secret is in what the API server shows of a run without its Secrets', async () => {
    const { key, password, 'forge-token': forgeToken } = here().secrets;
    const { objects } = await look();

    for (const secret of [key, password, forgeToken, modelKey, gitSecret])
      expect(objects).not.toContain(secret);
  });

  test('no process may do more than a user may, and none can change its image', async () => {
    const { containers } = await look();

    for (const { statuses, mounts, writable } of phases.map((phase) => containers[phase])) {
      expect(statuses.length).toBeGreaterThan(2);
      for (const status of statuses) expect(confined.filter((fact) => !fact.test(status))).toEqual([]);
      expect(mounts.find((mount) => mount.split(' ')[1] === '/')).toMatch(/ ro[, ]/);
      expect(writable).toEqual([]);
    }
  });
});
