import { setTimeout as pause } from 'node:timers/promises';

import type { Task } from '@verve/contract';
import { expect, test } from 'vitest';

import { runsUnderWay } from './run-objects.ts';
import { scenario } from './scenario.ts';
import { until } from './until.ts';
import { workerPods, type WorkerPods } from './worker-pods.ts';
import type { ClusterWorld } from './world.ts';

const finished = 1_000;
const tasks = 10;
const capacity = 4;
/** `VERVE_TEST_LONG` looks at an idle worker for longer, and lets runs take longer. */
const isLong = process.env['VERVE_TEST_LONG'] !== undefined;
const idleMs = isLong ? 180_000 : 25_000;
const runSeconds = isLong ? 30 : 1;

const residentBytes = 'process_resident_memory_bytes';
const requests = 'verve_worker_kubernetes_requests_total{';
/** Open for as long as the worker lives, and renewed at a fixed pace. */
const steady = /verb="watch"|resource="leases"/;

scenario('the worker has much to see to', { settings: { capacity } }, (here) => {
  test('with a thousand AgentRuns that have ended: what it asks and takes, idle and busy', async () => {
    const pods = workerPods(here().kubectl);
    await here().kubectl.run(['create', '--filename', '-'], JSON.stringify(finishedRuns()));
    await pods.rollOut();
    await until('the worker has begun', async () => {
      if ((await pods.active()) === undefined) return false;
      return (await pods.metric('verve_worker_capacity')) === capacity;
    });

    const idle = await measured(pods, async () => pause(idleMs));
    let most = 0;
    const busy = await measured(pods, async () => {
      const given = await Promise.all(Array.from({ length: tasks }, async () => giveSlow(here())));
      const ids = given.map(({ id }) => id);
      const all = Promise.all(ids.map(async (id) => here().ended(id)));
      let isOver = false;
      void all.finally(() => (isOver = true));
      await until('all tasks have ended', async () => {
        most = Math.max(most, (await runsUnderWay(here().kubectl)).length);
        return isOver;
      });
      for (const task of await all) expect(task).toMatchObject({ status: 'completed', attempt: 1 });
    });

    const each = Math.round(busy.count / tasks);
    console.log(`idle: ${told(idle)}\nbusy, ${capacity} runs at once: ${told(busy)}; ${each} requests a run`);
    expect(most).toBe(capacity);
    expect(idle.aMinute).toBeLessThan(5);
    expect(idle.mebibytes).toBeLessThan(256);
    expect(busy.mebibytes).toBeLessThan(256);
  });
});

/** What a worker asked and took in some time. */
interface Measured {
  readonly count: number;
  readonly aMinute: number;
  readonly watchesAMinute: number;
  readonly leasesAMinute: number;
  readonly mebibytes: number;
}

async function measured(pods: WorkerPods, work: () => Promise<void>): Promise<Measured> {
  const counts = async (): Promise<readonly [number, number, number]> => [
    await pods.metric(requests, steady),
    await pods.metric(requests, /verb="(?!watch)/),
    await pods.metric(requests, /resource="(?!leases)/),
  ];
  const before = await counts();
  const begunMs = performance.now();
  await work();
  const after = await counts();
  const minutes = (performance.now() - begunMs) / 60_000;
  const [count = 0, watches = 0, leases = 0] = after.map((sum, at) => sum - (before[at] ?? 0));
  const mebibytes = (await pods.metric(residentBytes)) / 1_048_576;
  return {
    count,
    aMinute: count / minutes,
    watchesAMinute: watches / minutes,
    leasesAMinute: leases / minutes,
    mebibytes,
  };
}

function told({ aMinute, watchesAMinute, leasesAMinute, mebibytes }: Measured): string {
  const [all, watches, leases, memory] = [aMinute, watchesAMinute, leasesAMinute, mebibytes].map(Math.round);
  return `${all} requests a minute, ${watches} watches, ${leases} of the Lease, ${memory} MiB`;
}

async function giveSlow(world: ClusterWorld): Promise<Task> {
  return world.give(await world.makeRepository(), `echo work > work.txt; seq 1 1000; sleep ${runSeconds}`);
}

function finishedRuns(): object {
  const items = Array.from({ length: finished }, (_, at) => finishedRun(`tsk-${at}-1`));
  return { apiVersion: 'v1', kind: 'List', items };
}

/** As the worker leaves one, but for what it has told of its end. */
function finishedRun(name: string): object {
  const description = {
    taskId: 'tsk_01jc0x0x0x0x0x0x0x0x0x0x0x',
    attempt: 1,
    worker: 'cluster',
    title: 'Say hello',
    repository: 'https://git.example/acme/app',
    branch: 'verve/tsk_01jc0x0x0x0x0x0x0x0x0x0x0x',
    agent: 'script',
    timeoutSeconds: 3_600,
  };
  const labels = { 'verve.dev/installation': 'verve-worker' };
  return {
    apiVersion: 'verve.dev/v1alpha1',
    kind: 'AgentRun',
    metadata: { name, labels },
    spec: description,
  };
}
