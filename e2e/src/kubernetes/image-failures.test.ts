import { expect, test, type TestContext } from 'vitest';

import { eventsOf, secondsBetween } from './events.ts';
import { expectFailure, giveWatched, once, type Failure } from './failures.ts';
import { scenario } from './scenario.ts';
import { installBeside } from './second-worker.ts';
import { countedReasons } from './witnesses.ts';
import type { ClusterWorld } from './world.ts';

const registry = process.env['VERVE_TEST_REGISTRY'];
const privateRegistry = process.env['VERVE_TEST_PRIVATE_REGISTRY'];
const [user = ''] = (process.env['VERVE_TEST_PRIVATE_REGISTRY_LOGIN'] ?? '').split(':');
/** As the settings have it when they say nothing. */
const graceSeconds = 30;

interface ImageFailure extends Failure {
  readonly agent: string;
  readonly image: string;
  /** The variable that has to be set for it. */
  readonly needs?: string;
  /** Ends at once, since waiting does not help. */
  readonly isHopeless?: true;
}

const reason = 'ImagePullFailed';
const cases: readonly ImageFailure[] = [
  {
    what: 'image tag that is not there',
    how: '`agents[].image` with a tag that the registry does not have',
    agent: 'unknown-tag',
    image: `${registry}/verve-agent:nope`,
    ...(registry === undefined && { needs: 'VERVE_TEST_REGISTRY' }),
    reason,
    message: [
      /verve-agent:nope": .*not found/,
      /check the "image" of the agent in the worker's configuration/,
    ],
  },
  {
    what: 'malformed image name',
    how: '`agents[].image: "Bad Image::"`',
    agent: 'malformed',
    image: 'Bad Image::',
    isHopeless: true,
    reason,
    message: [/couldn't parse image name "Bad Image::/, /check the "image" of the agent/],
  },
  {
    what: 'private registry, no pull secret',
    how: '`agents[].image` of a registry that wants a login, no `kubernetes.imagePullSecrets`',
    agent: 'no-login',
    image: `${privateRegistry}/verve-agent:dev`,
    ...(privateRegistry === undefined && { needs: 'VERVE_TEST_PRIVATE_REGISTRY' }),
    reason,
    message: [/401 Unauthorized/, /check .* the Secrets named in "kubernetes.imagePullSecrets"/],
  },
  {
    what: 'private registry, wrong pull secret',
    how: 'the same with `kubernetes.imagePullSecrets` that names a Secret with a wrong password',
    agent: 'wrong-login',
    image: `${privateRegistry}/verve-agent:dev`,
    ...(privateRegistry === undefined && { needs: 'VERVE_TEST_PRIVATE_REGISTRY' }),
    reason,
    message: [/401 Unauthorized/, /check .* the Secrets named in "kubernetes.imagePullSecrets"/],
  },
];

function agentOf({ agent: name, image }: ImageFailure): object {
  return { name, image, driver: 'command', command: ['true'] };
}

const settings = { agents: cases.filter(({ agent }) => agent !== 'wrong-login').map(agentOf) };

/** A worker beside the first that has a Secret for the registry, with a wrong password in it. */
async function installWrongLogin(here: ClusterWorld): Promise<void> {
  const auths = { [privateRegistry ?? '']: { username: user, password: 'of somebody else' } };
  await here.kubectl.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { name: 'registry-login' },
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  });
  await installBeside(here, {
    name: 'wrong-login',
    settings: { agents: cases.filter(({ agent }) => agent === 'wrong-login').map(agentOf) },
    kubernetes: { imagePullSecrets: ['registry-login'] },
  });
}

function skipUnset({ needs }: ImageFailure, { skip }: TestContext): void {
  if (needs !== undefined) skip(`needs a registry, but ${needs} is not set`);
}

scenario('an image that cannot be pulled', { settings }, (here) => {
  const tasks = once(async () => {
    const repository = await here().makeRepository();
    if (privateRegistry !== undefined) await installWrongLogin(here());
    const able = cases.filter(({ needs }) => needs === undefined);
    const all = able.map(
      async ({ agent }) => [agent, await giveWatched(here(), repository, { agent })] as const,
    );
    return new Map(await Promise.all(all));
  });

  test.for(cases)('ends the attempt in time, and says so before: $what', async (failure, context) => {
    skipUnset(failure, context);
    const { taskId = '', waits } = (await tasks()).get(failure.agent) ?? {};

    const said = (await waits)?.join('\n');

    const ref = { taskId, attempt: 1 };
    const events = await eventsOf(here().kubectl, ref);
    const seconds = secondsBetween(events, /^(Failed|InspectFailed)$/, /^DeadlineExceeded$/);
    expect(seconds).toBeLessThanOrEqual(graceSeconds + 10);
    if (!failure.isHopeless) expect(said).toMatch(failure.message[0]);
    await expectFailure(here(), ref, failure);
  });

  test('is counted by the workers', async () => {
    const all = await tasks();

    expect(await countedReasons(here())).toEqual({ [reason]: all.size });
  });
});
