import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { openNamespace, whyNoCluster } from '../testing/kubernetes/cluster.ts';
import { startFakeApiServer } from '../testing/kubernetes/fake-api-server.ts';
import {
  configWith,
  makeServiceAccount,
  type ServiceAccount,
} from '../testing/kubernetes/service-account.ts';
import { temporaryFolder } from '../testing/run.ts';
import { checkAccess } from './access-check.ts';
import { openCluster, type Cluster } from './cluster.ts';
import { permissions, rulesOf } from './permissions.ts';

const why = whyNoCluster(process.env);
const patience = { timeout: 30_000, interval: 100 };
const never = new AbortController().signal;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe.skipIf(why !== undefined)(`access${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  const folder = temporaryFolder();
  let cluster: Cluster & AsyncDisposable;
  let account: ServiceAccount;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-access-${process.pid}`);
    account = await makeServiceAccount(cluster, { name: 'worker', folder: folder.path }, []);
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('the rights that the worker declares are enough', async () => {
    await account.allow(rulesOf(permissions));

    await vi.waitFor(async () => {
      expect(await checkAccess(account.cluster, never)).toMatchObject([{ state: 'ok' }]);
    }, patience);
  });

  test('a right that is missing is named, with the rule that mends it', async () => {
    await account.allow(rulesOf(permissions.filter(({ resource }) => resource !== 'pods/log')));

    await vi.waitFor(async () => {
      expect(await checkAccess(account.cluster, never)).toEqual([
        {
          check: 'kubernetes',
          state: 'failed',
          message: `the worker may not get pods/log in namespace ${cluster.namespace} (reads the logs of runs)`,
          fix: 'Add to its Role there: { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }',
        },
      ]);
    }, patience);
  });

  test('without any right each is named', async () => {
    await account.allow([]);

    const verbs = permissions.flatMap((one) => one.verbs);
    await vi.waitFor(async () => {
      expect(await checkAccess(account.cluster, never)).toHaveLength(verbs.length);
    }, patience);
  });

  test('a namespace that is not there is named', async () => {
    const found = await checkAccess(openCluster({ namespace: 'verve-nowhere' }), never);

    expect(found).toMatchObject([{ state: 'failed', message: 'there is no namespace verve-nowhere' }]);
  });

  test('a token that is not taken is told from an API server that does not answer', async () => {
    const kubeconfig = join(folder.path, 'stranger.kubeconfig');
    writeFileSync(kubeconfig, configWith(cluster.config, 'nobody'));

    const found = await checkAccess(openCluster({ kubeconfig }), never);

    const message = expect.stringContaining('does not know who the worker is') as string;
    expect(found).toMatchObject([{ state: 'failed', message }]);
  });
});

test('kinds that the cluster does not know are named', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeApiServer(folder.path, (request) =>
    request.startsWith('POST') ? { code: 201, body: { status: { allowed: true } } } : { code: 404 },
  );

  const found = await checkAccess(openCluster({ kubeconfig: server.kubeconfig }), never);

  const words = (plural: string): string =>
    `the cluster does not know ${plural}.verve.dev in version v1alpha1`;
  expect(found.map(({ message }) => message)).toEqual([words('agentruns'), words('workers')]);
  expect(found[0]?.fix).toContain('kubectl apply');
});

test('an API server that answers nothing of use is told as it is', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeApiServer(folder.path, () => ({ code: 503 }));

  const found = await checkAccess(openCluster({ kubeconfig: server.kubeconfig }), never);

  const message = expect.stringContaining('does not answer: HTTP 503') as string;
  expect(found).toMatchObject([{ state: 'failed', message }]);
});
