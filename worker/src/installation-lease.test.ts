import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { V1Lease } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { mergePatch, within, type Cluster } from './kubernetes/cluster.ts';
import { startApiProxy } from './testing/kubernetes/api-proxy.ts';
import { openNamespace, whyNoCluster } from './testing/kubernetes/cluster.ts';
import type { LeaseHolderLine, LeaseHolderOptions } from './testing/kubernetes/lease-holder.ts';
import { temporaryFolder } from './testing/run.ts';

const why = whyNoCluster(process.env);
const never = new AbortController().signal;
const patience = { timeout: 30_000, interval: 50 };
const times = { leaseSeconds: 3, renewMs: 500, lookMs: 100, troubleMs: 100 };
const foreign = 'somebody else';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

interface Holder {
  readonly process: ChildProcess;
  readonly lines: LeaseHolderLine[];
}

describe.skipIf(why !== undefined)(`a Lease${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  let cluster: Cluster & AsyncDisposable;
  const started = new Set<ChildProcess>();
  let installations = 0;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-lease-${process.pid}`);
  });
  afterEach(() => {
    for (const child of started) child.kill('SIGKILL');
    started.clear();
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  function start(installation: string, given: Partial<LeaseHolderOptions> = {}): Holder {
    const program = join(import.meta.dirname, 'testing', 'kubernetes', 'lease-holder.ts');
    const options: LeaseHolderOptions = {
      namespace: cluster.namespace,
      installation,
      times,
      ...given,
    };
    const child = spawn(process.execPath, ['--conditions=source', program, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.add(child);
    const lines: LeaseHolderLine[] = [];
    createInterface({ input: child.stdout }).on('line', (line) =>
      lines.push(JSON.parse(line) as LeaseHolderLine),
    );
    return { process: child, lines };
  }

  function newInstallation(): string {
    return `lease-${process.pid}-${installations++}`;
  }

  async function read(name: string): Promise<V1Lease> {
    return cluster.coordination.readNamespacedLease({ namespace: cluster.namespace, name }, within(never));
  }

  async function untilHeld({ lines }: Holder): Promise<string> {
    await vi.waitFor(() => expect(lines).toHaveLength(1), patience);
    return lines[0]?.kind === 'held' ? lines[0].instance : '';
  }

  async function untilRenewed(installation: string, count: number): Promise<void> {
    const seen = new Set<string>();
    await vi.waitFor(async () => {
      seen.add(String((await read(installation)).spec?.renewTime));
      expect(seen.size).toBeGreaterThan(count);
    }, patience);
  }

  test('of two processes one is active, and the other follows at once when that has ended', async () => {
    const installation = newInstallation();
    const slow = { times: { ...times, leaseSeconds: 3_600 } };
    const first = start(installation, slow);
    const instance = await untilHeld(first);
    const second = start(installation, slow);
    await untilRenewed(installation, 6);
    expect(second.lines).toEqual([]);

    first.process.kill('SIGTERM');

    expect(await untilHeld(second)).toBe(instance);
    expect(first.lines).toHaveLength(1);
    expect((await read(installation)).spec).toMatchObject({ leaseTransitions: 1 });
  });

  test('a holder that was killed is followed when its time is over', async () => {
    const installation = newInstallation();
    const first = start(installation);
    const instance = await untilHeld(first);
    const second = start(installation);

    first.process.kill('SIGKILL');

    expect(await untilHeld(second)).toBe(instance);
    expect(second.lines).toHaveLength(1);
  });

  test('a holder that stood still learns that it has lost the Lease, and leaves it alone', async () => {
    const installation = newInstallation();
    const first = start(installation);
    await untilHeld(first);
    first.process.kill('SIGSTOP');
    const second = start(installation);
    await untilHeld(second);
    const { holderIdentity } = (await read(installation)).spec ?? {};

    first.process.kill('SIGCONT');
    await once(first.process, 'exit');

    expect(first.lines[1]).toMatchObject({ kind: 'lost' });
    expect((await read(installation)).spec).toMatchObject({ holderIdentity });
    expect(second.lines).toHaveLength(1);
  });

  test('a holder that does not reach the API server in time ends, and not before', async () => {
    await using folder = temporaryFolder();
    await using proxy = await startApiProxy(cluster.config, folder.path);
    const { kubeconfig } = proxy;
    const installation = newInstallation();
    const first = start(installation, { kubeconfig, times: { ...times, leaseSeconds: 5 } });
    await untilHeld(first);

    await proxy.stall();
    proxy.mend();
    await untilRenewed(installation, 2);
    expect(first.lines).toHaveLength(1);
    await proxy.stall();
    await vi.waitFor(() => expect(first.lines).toHaveLength(2), patience);

    const told = expect.stringContaining('could not be renewed in time') as string;
    expect(first.lines[1]).toEqual({ kind: 'lost', why: told });
    expect((await read(installation)).spec?.holderIdentity).toBeDefined();
  });

  test('a holder learns that another one has taken the Lease', async () => {
    const installation = newInstallation();
    const first = start(installation);
    await untilHeld(first);

    const body = { spec: { holderIdentity: foreign } };
    const { namespace } = cluster;
    const lease = { namespace, name: installation, body };
    await cluster.coordination.patchNamespacedLease(lease, mergePatch(never));
    await once(first.process, 'exit');

    expect(first.lines[1]).toMatchObject({ kind: 'lost', why: expect.stringContaining(foreign) as string });
    expect((await read(installation)).spec).toMatchObject({ holderIdentity: foreign });
  });

  test('a Lease that somebody changes or deletes stays with its holder, and its instance too', async () => {
    const installation = newInstallation();
    const first = start(installation);
    const instance = await untilHeld(first);
    const { namespace } = cluster;
    const body = { metadata: { annotations: { 'example.org/note': 'mine' } } };
    const lease = { namespace, name: installation };
    await cluster.coordination.patchNamespacedLease({ ...lease, body }, mergePatch(never));
    await untilRenewed(installation, 2);
    expect((await read(installation)).metadata?.annotations).toHaveProperty(['example.org/note'], 'mine');

    await cluster.coordination.deleteNamespacedLease(lease, within(never));

    await vi.waitFor(async () => read(installation), patience);
    first.process.kill('SIGTERM');
    await once(first.process, 'exit');
    expect(first.lines).toHaveLength(1);
    expect((await read(installation)).spec?.holderIdentity).toBeUndefined();
    expect(await untilHeld(start(installation))).toBe(instance);
  });

  test('a Lease whose holder has another clock is taken when it is not renewed any more', async () => {
    const installation = newInstallation();
    const future = '2199-01-31T12:00:00.000000Z';
    const spec = { holderIdentity: foreign, leaseDurationSeconds: 1, renewTime: future };
    const body = { metadata: { name: installation }, spec: spec as unknown as NonNullable<V1Lease['spec']> };
    await cluster.coordination.createNamespacedLease({ namespace: cluster.namespace, body }, within(never));

    expect(await untilHeld(start(installation))).not.toBe('');
  });
});
