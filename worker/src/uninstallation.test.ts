import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { mergePatch, openCluster, within, type Cluster } from './kubernetes/cluster.ts';
import { rulesOf, uninstallPermissions } from './kubernetes/permissions.ts';
import { finalizer, group, version } from './kubernetes/run-objects.ts';
import { openNamespace, whyNoCluster } from './testing/kubernetes/cluster.ts';
import { startFakeApiServer } from './testing/kubernetes/fake-api-server.ts';
import { makeInstallation, objectsOf } from './testing/kubernetes/installation-objects.ts';
import type { LeaseHolderOptions } from './testing/kubernetes/lease-holder.ts';
import { makeServiceAccount, type ServiceAccount } from './testing/kubernetes/service-account.ts';
import { silent, temporaryFolder } from './testing/run.ts';
import { uninstall, type Uninstallation, type UninstallationOptions } from './uninstallation.ts';

const why = whyNoCluster(process.env);
const never = new AbortController().signal;
const patience = { timeout: 60_000, interval: 100 };
const leaseTimes = { leaseSeconds: 3, renewMs: 500, lookMs: 100, troubleMs: 100 };
const longMs = 90_000;
const noneRemoved = { agentRuns: 0, workers: 0, leases: 0 };
const allRemoved = { agentRuns: 2, workers: 1, leases: 1 };

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

function start(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ['--conditions=source', join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], KUBECONFIG: process.env['KUBECONFIG'], ...env },
  });
}

describe.skipIf(why !== undefined)(`uninstall${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  const folder = temporaryFolder();
  let cluster: Cluster & AsyncDisposable;
  let account: ServiceAccount;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-uninstall-${process.pid}`);
    const rules = rulesOf(uninstallPermissions);
    account = await makeServiceAccount(cluster, { name: 'cleanup', folder: folder.path }, rules);
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function remove(
    installation: string,
    given: Partial<UninstallationOptions> = {},
  ): Promise<Uninstallation> {
    const options = { installation, standBy: () => undefined, logger: silent, leaseTimes, ...given };
    return uninstall({ cluster: account.cluster, ...options }, never);
  }

  /** A worker's process, as far as others see it. */
  async function startHolder(installation: string): Promise<ChildProcess> {
    const options: LeaseHolderOptions = { namespace: cluster.namespace, installation, times: leaseTimes };
    const holder = start('testing/kubernetes/lease-holder.ts', [JSON.stringify(options)]);
    if (holder.stdout) await once(holder.stdout, 'data');
    return holder;
  }

  async function end(child: ChildProcess): Promise<void> {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  function startCommand(installation: string, args: readonly string[] = []): ChildProcess {
    return start('main.ts', ['uninstall', ...args], {
      VERVE_KUBERNETES_KUBECONFIG: join(folder.path, 'cleanup.kubeconfig'),
      VERVE_KUBERNETES_NAMESPACE: cluster.namespace,
      VERVE_KUBERNETES_INSTALLATION: installation,
    });
  }

  async function outputOf(child: ChildProcess): Promise<{ code: unknown; stdout: string }> {
    const exit = once(child, 'exit');
    const stdout = child.stdout ? await text(child.stdout) : '';
    const [code] = (await exit) as [unknown];
    return { code, stdout };
  }

  test('with the rights that it declares it removes an installation, and no other', async () => {
    const { taskId } = await makeInstallation(cluster, 'blue');
    await makeInstallation(cluster, 'green');
    const green = await objectsOf(cluster, 'green');

    const first = await outputOf(startCommand('blue'));
    const second = await outputOf(startCommand('blue'));

    expect(first).toEqual({
      code: 0,
      stdout: `removed 2 AgentRuns, with Jobs, pods and Secrets of theirs
removed 1 Worker
removed 1 Lease
${taskId} attempt 1 was under way: the server gives it to another worker when its lease has run out (3 minutes)
`,
    });
    await vi.waitFor(async () => expect(await objectsOf(cluster, 'blue')).toEqual([]), patience);
    expect(await objectsOf(cluster, 'green')).toEqual(expect.arrayContaining([...green]));
    expect(second).toEqual({
      code: 0,
      stdout: `there is nothing of installation "blue" in namespace ${cluster.namespace}\n`,
    });
  });

  test('a worker that is active is waited for', async () => {
    const installation = 'busy';
    const ref = await makeInstallation(cluster, installation);
    const holder = await startHolder(installation);
    const active = Promise.withResolvers<string>();
    const times = { leaseMs: longMs, goneMs: longMs };

    const removing = remove(installation, { times, standBy: active.resolve });
    await active.promise;
    const meanwhile = await objectsOf(cluster, installation);
    await end(holder);

    expect(meanwhile.filter((name) => name.startsWith('AgentRun'))).toHaveLength(2);
    expect(await removing).toMatchObject({ removed: allRemoved, underWay: [ref], problems: [] });
  });

  test('beside a worker that stays active nothing is removed', async () => {
    const installation = 'staying';
    await makeInstallation(cluster, installation);
    const before = await objectsOf(cluster, installation);
    const holder = await startHolder(installation);

    const { removed, problems } = await remove(installation, { times: { leaseMs: 1_000, goneMs: longMs } });

    await end(holder);
    expect(removed).toEqual(noneRemoved);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/^a worker of the installation is active: .+/);
    expect(problems[0]?.fix).toContain(`kubectl scale deployment --namespace ${cluster.namespace}`);
    expect(await objectsOf(cluster, installation)).toEqual(expect.arrayContaining([...before]));
  });

  test('the command ends at once when it is asked to while it waits', async () => {
    const installation = 'asked';
    const holder = await startHolder(installation);
    const child = startCommand(installation, ['--json']);
    let told = '';
    child.stderr?.on('data', (piece: Buffer) => (told += piece.toString()));
    await vi.waitFor(() => expect(told).toContain('waiting for its end'), patience);

    child.kill('SIGINT');

    expect(await outputOf(child)).toEqual({ code: 1, stdout: '' });
    expect(told).toContain('stopped before its end');
    await end(holder);
  });

  test('a finalizer of somebody else is left to them and named, and the rest goes', async () => {
    const installation = 'shared';
    await makeInstallation(cluster, installation);
    const { custom, namespace } = cluster;
    const names = (await objectsOf(cluster, installation)).flatMap((one) => one.split('AgentRun/')[1] ?? []);
    const [name = ''] = names;
    const at = { group, version, namespace, plural: 'agentruns', name };
    const body = { metadata: { finalizers: [finalizer, 'example.org/audit'] } };
    await custom.patchNamespacedCustomObject({ ...at, body }, mergePatch(never));

    const { removed, problems } = await remove(installation, { times: { leaseMs: longMs, goneMs: 3_000 } });

    expect(removed).toEqual({ ...allRemoved, agentRuns: 1 });
    expect(problems[0]?.message).toBe(`1 AgentRun still there: ${name}; kept by example.org/audit`);
  });

  test('a right that is missing is named, and nothing is removed', async () => {
    const installation = 'limited';
    await makeInstallation(cluster, installation);
    const { namespace } = cluster;
    await account.allow(rulesOf(uninstallPermissions.filter(({ resource }) => resource !== 'pods')));

    await vi.waitFor(async () => {
      expect(await remove(installation, { times: { leaseMs: 0, goneMs: 0 } })).toMatchObject({
        removed: noneRemoved,
        problems: [
          {
            message: `verve-worker uninstall may not list pods in namespace ${namespace} (sees that the pods of runs are gone)`,
            fix: 'Add to its Role there: { apiGroups: [""], resources: ["pods"], verbs: ["list"] }',
          },
        ],
      });
    }, patience);

    await account.allow(rulesOf(uninstallPermissions));
  });

  test('a namespace that AgentRuns keep from its end is freed', async () => {
    const name = `verve-uninstall-ending-${process.pid}`;
    const ending = await openNamespace(name);
    const ref = await makeInstallation(ending, 'blue');
    await cluster.core.deleteNamespace({ name }, within(never));
    const given = { cluster: ending, times: { leaseMs: 0, goneMs: longMs } };

    const { underWay, problems } = await remove('blue', given);

    expect(problems).toEqual([]);
    expect(underWay).toEqual([ref]);
    await vi.waitFor(async () => {
      const gone = cluster.core.readNamespace({ name }, within(never));
      await expect(gone).rejects.toMatchObject({ code: 404 });
    }, patience);
  });

  test('in a namespace that is not there, there is nothing', async () => {
    const nowhere = openCluster({ namespace: 'verve-nowhere' });

    expect(await remove('blue', { cluster: nowhere })).toMatchObject({ removed: noneRemoved, problems: [] });
  });
});

test('a cluster that does not know the kinds has nothing of them', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeApiServer(folder.path, (request) => {
    if (request.startsWith('POST')) return { code: 201, body: { status: { allowed: true } } };
    return request.endsWith('/pods') ? { code: 200, body: { items: [] } } : { code: 404 };
  });
  const cluster = openCluster({ kubeconfig: server.kubeconfig });

  const done = await uninstall(
    { cluster, installation: 'blue', standBy: () => undefined, logger: silent },
    never,
  );

  expect(done).toMatchObject({ removed: noneRemoved, problems: [] });
});

test('an API server that answers nothing of use is told as it is', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeApiServer(folder.path, () => ({ code: 503 }));
  const cluster = openCluster({ kubeconfig: server.kubeconfig });

  const { problems } = await uninstall(
    { cluster, installation: 'blue', standBy: () => undefined, logger: silent },
    never,
  );

  expect(problems.map(({ message }) => message)).toEqual([`${addressOf(cluster)} does not answer: HTTP 503`]);
});

function addressOf({ config }: Cluster): string {
  return config.getCurrentCluster()?.server ?? '';
}
