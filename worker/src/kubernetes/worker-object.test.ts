import type { KubernetesObject } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Finding } from '../doctor/finding.ts';
import { openNamespace, whyNoCluster } from '../testing/kubernetes/cluster.ts';
import { startFakeApiServer } from '../testing/kubernetes/fake-api-server.ts';
import { silent, temporaryFolder } from '../testing/run.ts';
import { openCluster, within, type Cluster } from './cluster.ts';
import type { Condition } from './conditions.ts';
import { checkConnection } from './connection-check.ts';
import { group, version } from './run-objects.ts';
import { keepWorkerObject, type WorkerFacts } from './worker-object.ts';

const why = whyNoCluster(process.env);
const patience = { timeout: 30_000, interval: 100 };
const never = new AbortController().signal;
const well: WorkerFacts = {
  version: '1.2.3',
  serverUrl: 'https://verve.example',
  running: 0,
  capacity: 4,
  connected: { isWell: true },
};

interface Found extends KubernetesObject {
  readonly status?: Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };
}

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describe.skipIf(why !== undefined)(`a Worker${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  let cluster: Cluster & AsyncDisposable;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-worker-object-${process.pid}`);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  const at = (name: string): { group: string; version: string; plural: string; name: string } => ({
    group,
    version,
    plural: 'workers',
    name,
  });

  async function read(installation: string): Promise<Found> {
    const { custom, namespace } = cluster;
    const found: unknown = await custom.getNamespacedCustomObject(
      { ...at(installation), namespace },
      within(never),
    );
    return found as Found;
  }

  async function examined(installation: string): Promise<readonly Finding[]> {
    return checkConnection(cluster, installation, never);
  }

  async function untilTold(installation: string, status: object): Promise<Found> {
    return vi.waitFor(async () => {
      const found = await read(installation);
      expect(found.status).toMatchObject(status);
      return found;
    }, patience);
  }

  test('tells what has changed, and that the worker was stopped', async () => {
    const installation = 'changing';
    let facts = well;
    const keeping = keepWorkerObject({ cluster, installation, facts: () => facts, logger: silent });
    const { connected: _, ...shown } = well;
    const connected = { type: 'Connected', status: 'True', reason: 'Connected' };
    await untilTold(installation, { ...shown, observedGeneration: 1, conditions: [connected] });
    expect(await examined(installation)).toMatchObject([{ state: 'ok' }]);

    facts = {
      ...well,
      running: 3,
      connected: { isWell: false, why: 'the server has not answered for 70 s' },
    };
    const message = 'the server has not answered for 70 s';
    const away = { type: 'Connected', status: 'False', reason: 'Disconnected', message };
    await untilTold(installation, { running: 3, conditions: [away] });
    expect(await examined(installation)).toMatchObject([
      { state: 'failed', message: expect.stringContaining(message) as string },
    ]);

    await keeping[Symbol.asyncDispose]();
    const end = { ...away, reason: 'Stopped', message: 'the worker was stopped' };
    await untilTold(installation, { conditions: [end] });
    expect(await examined(installation)).toMatchObject([{ state: 'warning', message: end.message }]);
    expect(await examined('unheard-of')).toEqual([]);
  });

  test('one that is there keeps the time of its condition, and stays the same object', async () => {
    const installation = 'known';
    const down: WorkerFacts = { ...well, connected: { isWell: false, why: 'the worker is registering' } };
    const first = keepWorkerObject({ cluster, installation, facts: () => down, logger: silent });
    await untilTold(installation, { running: 0 });
    await first[Symbol.asyncDispose]();
    const before = await read(installation);

    await using _second = keepWorkerObject({ cluster, installation, facts: () => down, logger: silent });
    const message = 'the worker is registering';
    const after = await untilTold(installation, { conditions: [{ message }] });

    expect(after.metadata?.uid).toBe(before.metadata?.uid);
    const times = [before, after].map(({ status }) => status?.conditions?.[0]?.lastTransitionTime);
    expect(times[1]).toBe(times[0]);
  });

  test('one that somebody deleted is made again when there is something to tell', async () => {
    const installation = 'deleted';
    let facts = well;
    await using _keeping = keepWorkerObject({ cluster, installation, facts: () => facts, logger: silent });
    const { metadata } = await untilTold(installation, { running: 0 });
    const { custom, namespace } = cluster;
    await custom.deleteNamespacedCustomObject({ ...at(installation), namespace }, within(never));

    facts = { ...well, running: 1 };

    const made = await vi.waitFor(async () => untilTold(installation, { running: 1 }), patience);
    expect(made.metadata?.uid).not.toBe(metadata?.uid);
  });
});

test('trouble with a Worker is said once, and holds nobody up', async () => {
  await using folder = temporaryFolder();
  let requests = 0;
  await using server = await startFakeApiServer(folder.path, () => {
    requests++;
    return { code: 403 };
  });
  const cluster = openCluster({ kubeconfig: server.kubeconfig });
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });

  const keeping = keepWorkerObject({ cluster, installation: 'refused', facts: () => well, logger });
  await vi.waitFor(() => expect(requests).toBe(2), patience);
  await keeping[Symbol.asyncDispose]();

  expect(requests).toBe(3);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('the Worker cannot be told how it is');
});
