import type { V1ConfigMap } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import { startApiProxy, type ApiProxy } from '../testing/kubernetes/api-proxy.ts';
import { openNamespace, whyNoCluster } from '../testing/kubernetes/cluster.ts';
import { silent, temporaryFolder } from '../testing/run.ts';
import { mergePatch, openCluster, within, type Cluster } from './cluster.ts';
import { nameOf } from './object-store.ts';
import { watchList, type ListAnswer, type WatchedList } from './watched-list.ts';

const why = whyNoCluster(process.env);
const never = new AbortController().signal;
const patience = { timeout: 50_000, interval: 20 };

interface Watched {
  readonly proxy: ApiProxy;
  readonly list: WatchedList<V1ConfigMap>;
  /** The versions of each object as they were told; undefined is its end. */
  readonly told: ReadonlyMap<string, (string | undefined)[]>;
}

describe.skipIf(why !== undefined)(`on a cluster${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  let direct: Cluster & AsyncDisposable;
  beforeAll(async () => {
    direct = await openNamespace(`verve-watched-${process.pid}`);
  });
  afterAll(async () => direct[Symbol.asyncDispose]());

  /** Watches the ConfigMaps with a label by a way that can be cut. */
  async function watch(label: string, onList = (_proxy: ApiProxy): void => undefined): Promise<Watched> {
    const { namespace } = direct;
    const folder = temporaryFolder();
    const proxy = await startApiProxy(direct.config, folder.path);
    const cluster = openCluster({ kubeconfig: proxy.kubeconfig, namespace });
    const labelSelector = `test=${label}`;
    async function listAll(signal: AbortSignal): Promise<ListAnswer<V1ConfigMap>> {
      const listing = cluster.core.listNamespacedConfigMap({ namespace, labelSelector }, within(signal));
      onList(proxy);
      const { items, metadata } = await listing;
      return { items, resourceVersion: metadata?.resourceVersion ?? '' };
    }
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const list = watchList<V1ConfigMap>({ cluster, path, labelSelector, list: listAll, logger: silent });
    const told = new Map<string, (string | undefined)[]>();
    list.subscribe((name, value) => void told.set(name, [...(told.get(name) ?? []), value?.data?.['v']]));
    onTestFinished(async () => {
      await list[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    });
    return { proxy, list, told };
  }

  async function create(label: string, name: string): Promise<void> {
    const body = { metadata: { name, labels: { test: label } }, data: { v: '1' } };
    await direct.core.createNamespacedConfigMap({ namespace: direct.namespace, body }, within(never));
  }

  async function change(name: string): Promise<void> {
    const { core, namespace } = direct;
    await core.patchNamespacedConfigMap({ namespace, name, body: { data: { v: '2' } } }, mergePatch(never));
  }

  async function remove(name: string): Promise<void> {
    await direct.core.deleteNamespacedConfigMap({ namespace: direct.namespace, name }, within(never));
  }

  test('over fifty cuts every change is told once, and nothing is left of the cut connections', async () => {
    const { proxy, list, told } = await watch('cuts');
    await list.ready(never);
    const names = Array.from({ length: 60 }, (_, n) => `cuts-${n}`);
    const before = process.getActiveResourcesInfo().length;
    let writes = 0;
    /** Every third write is followed by a cut: of a watch that has told it, or of one that is on its way. */
    async function cutNow(name: string, length: number): Promise<void> {
      writes++;
      if (writes % 3 !== 0) return;
      if (writes % 2 === 0) await vi.waitFor(() => expect(told.get(name)).toHaveLength(length), patience);
      if (writes % 4 < 2) proxy.reset();
      else proxy.mend();
    }

    for (const name of names) {
      await create('cuts', name);
      await cutNow(name, 1);
    }
    for (const [n, name] of names.entries()) {
      await change(name);
      await cutNow(name, 2);
      if (n % 2 === 0) continue;
      await remove(name);
      await cutNow(name, 3);
    }

    const expected = names.map((name, n) => [name, n % 2 === 0 ? ['1', '2'] : ['1', '2', undefined]]);
    await vi.waitFor(() => expect([...told]).toEqual(expected), patience);
    expect(list.values().map(nameOf).sort()).toEqual(names.filter((_, n) => n % 2 === 0).sort());
    await vi.waitFor(
      () => expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before + 5),
      patience,
    );
  }, 60_000);

  test('a stall is noticed, and what happened meanwhile is told', async () => {
    const { proxy, list, told } = await watch('stall');
    await list.ready(never);
    await create('stall', 'stall-before');
    await vi.waitFor(() => expect(told.has('stall-before')).toBe(true), patience);

    // Resolves when the watch is begun anew by itself.
    const stalled = proxy.stall();
    await create('stall', 'stall-during');
    await remove('stall-before');
    await stalled;
    expect(told.has('stall-during')).toBe(false);
    proxy.mend();

    await vi.waitFor(() => expect(told.get('stall-during')).toEqual(['1']), patience);
    expect(told.get('stall-before')).toEqual(['1', undefined]);
  }, 90_000);

  test('a list that is cut by RST is asked for again', async () => {
    let lists = 0;
    await create('lists', 'lists-one');

    const { list } = await watch('lists', (proxy) => {
      lists++;
      if (lists > 3) return;
      void cutOnceAsked(proxy);
    });
    await list.ready(never);

    expect(list.values().map(nameOf)).toEqual(['lists-one']);
    expect(lists).toBe(4);
  });
});

/** Cuts what asks next when its first bytes have come. */
async function cutOnceAsked(proxy: ApiProxy): Promise<void> {
  await proxy.stall();
  proxy.reset();
  proxy.mend();
}
