import { expect, test } from 'vitest';

import { expectFailure, giveWatched, once, type Failure } from './failures.ts';
import { scenario } from './scenario.ts';
import { installBeside } from './second-worker.ts';
import { countedReasons } from './witnesses.ts';
import type { ClusterWorld, Repository } from './world.ts';

const graceSeconds = 10;
const agentOf = (name: string): object => ({ name, driver: 'command', command: ['true'] });

/** What runs of one worker need, and what is said when it is not there. */
const ways = {
  env: {
    podTemplate: {
      containers: {
        checkout: {
          env: [
            { name: 'COLOR', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'color' } } },
            { name: 'SHAPE', valueFrom: { configMapKeyRef: { name: 'env-config', key: 'shape' } } },
          ],
        },
      },
    },
    setting: '`kubernetes.podTemplate.containers.checkout.env`',
    remedy: /make it, or mend "kubernetes.podTemplate"/,
  },
  volume: {
    podTemplate: {
      spec: {
        volumes: [
          { name: 'color', secret: { secretName: 'volume-secret' } },
          { name: 'shape', configMap: { name: 'volume-config' } },
        ],
      },
      containers: {
        checkout: {
          volumeMounts: [
            { name: 'color', mountPath: '/opt/color' },
            { name: 'shape', mountPath: '/opt/shape' },
          ],
        },
      },
    },
    setting: '`kubernetes.podTemplate.spec.volumes`',
    remedy: /check "kubernetes.podTemplate"/,
  },
} as const;
type Way = keyof typeof ways;

function failureOf(way: Way, kind: 'Secret' | 'ConfigMap'): Failure & { readonly way: Way } {
  const name = kind === 'Secret' ? `${way}-secret` : `${way}-config`;
  return {
    way,
    what: `missing ${kind}, by ${way}`,
    how: `${ways[way].setting} names a ${kind} that is not there, \`kubernetes.graceSeconds: ${graceSeconds}\``,
    reason: 'ConfigInvalid',
    message: [new RegExp(`${kind.toLowerCase()} "${name}" not found`), ways[way].remedy],
  };
}

/** Installs a worker whose runs need both, and lacks each of them in turn. */
async function lackInTurn(here: ClusterWorld, repository: Repository, way: Way): Promise<readonly Lacking[]> {
  const { podTemplate } = ways[way];
  await installBeside(here, {
    name: way,
    settings: { agents: [agentOf(way)] },
    kubernetes: { graceSeconds, podTemplate },
  });
  const { kubectl } = here;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${way}-secret` }, data: {} };
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${way}-config` },
    data: { shape: 'round' },
  };

  await kubectl.apply(config);
  const first = await giveWatched(here, repository, { agent: way });
  const firstSaid = await first.waits;
  await kubectl.apply({ ...secret, stringData: { color: 'red' } });
  await kubectl.run(['delete', 'configmap', config.metadata.name]);
  const second = await giveWatched(here, repository, { agent: way });
  return [
    { failure: failureOf(way, 'Secret'), taskId: first.taskId, said: firstSaid },
    { failure: failureOf(way, 'ConfigMap'), taskId: second.taskId, said: await second.waits },
  ];
}

interface Lacking {
  readonly failure: Failure;
  readonly taskId: string;
  readonly said: readonly string[];
}

scenario('runs that need what is not there', {}, (here) => {
  const lacking = once(async () => {
    const repository = await here().makeRepository();
    const both = [lackInTurn(here(), repository, 'env'), lackInTurn(here(), repository, 'volume')];
    return (await Promise.all(both)).flat();
  });

  test.for([
    failureOf('env', 'Secret'),
    failureOf('env', 'ConfigMap'),
    failureOf('volume', 'Secret'),
    failureOf('volume', 'ConfigMap'),
  ])('wait with the words, and fail: $what', async ({ what }) => {
    const found = (await lacking()).find(({ failure }) => failure.what === what);
    if (!found) throw new Error('not tried');

    expect(found.said.join('\n')).toMatch(found.failure.message[0]);

    await expectFailure(here(), { taskId: found.taskId, attempt: 1 }, found.failure);
  });

  test('are counted by the workers', async () => {
    const all = await lacking();

    expect(await countedReasons(here())).toEqual({ ConfigInvalid: all.length });
  });
});
