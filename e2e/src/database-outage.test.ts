import { renameSync } from 'node:fs';

import { expect, test, vi } from 'vitest';

import { ownPostgres } from './database.ts';
import { startLoad } from './outage-load.ts';
import { callWitnesses } from './outage-witnesses.ts';
import { makeReplica, type Place, type Replica } from './replicas.ts';
import { skipWithout } from './requirements.ts';
import { linesIn, linesWrittenFor } from './simulated-worker.ts';
import { mountSmallDisk } from './small-disk.ts';
import { lockSqlite } from './sqlite-lock.ts';
import { sqlitePlace } from './sqlite-place.ts';
import { stackOf } from './test-stack.ts';

// A database fails under load, for longer than a lease, and comes back. Nobody is to notice more than answers of 503.

const leaseSeconds = 6;
const sweepSeconds = 0.5;
const settings = {
  VERVE_TIMES_HEARTBEAT_SECONDS: '2',
  VERVE_TIMES_LEASE_SECONDS: String(leaseSeconds),
  VERVE_TIMES_ACKNOWLEDGE_SECONDS: String(leaseSeconds),
  VERVE_TIMES_SWEEP_SECONDS: String(sweepSeconds),
};
const timeout = 120_000;

/** How a database fails, and how it is mended. */
interface Outage {
  begin(): unknown;
  end(): unknown;
  /** While it can be read the server is ready: only writes are refused. */
  readonly canBeRead: boolean;
}

test.concurrent('a Postgres that is stopped and started', { timeout }, async (context) => {
  const stack = stackOf(context);
  const postgres = stack.use(await ownPostgres());

  await expectToOutlive(
    stack,
    { databaseUrl: postgres.url },
    {
      begin: () => postgres.stop(),
      end: () => postgres.start(),
      canBeRead: false,
    },
  );
});

test.concurrent('a SQLite file that another process locks', { timeout }, async (context) => {
  const stack = stackOf(context);
  const place = stack.use(sqlitePlace());
  const lock = stack.use(new AsyncDisposableStack());

  await expectToOutlive(stack, place, {
    begin: async () => lock.use(await lockSqlite(place.file)),
    end: () => lock.disposeAsync(),
    canBeRead: true,
  });
});

test.concurrent('a SQLite file whose disk gets full', { timeout }, async (context) => {
  skipWithout('tmpfs', context);
  const stack = stackOf(context);
  const disk = stack.use(mountSmallDisk());

  await expectToOutlive(
    stack,
    { dataDir: disk.folder },
    {
      begin: () => disk.fill(),
      end: () => disk.free(),
      canBeRead: true,
    },
  );
});

test.concurrent('a SQLite file that is moved away and back', { timeout }, async (context) => {
  const stack = stackOf(context);
  const place = stack.use(sqlitePlace());

  await expectToOutlive(stack, place, {
    begin: () => renameSync(place.file, `${place.file}.away`),
    end: () => renameSync(`${place.file}.away`, place.file),
    canBeRead: false,
  });
});

async function expectToOutlive(stack: AsyncDisposableStack, place: Place, outage: Outage): Promise<void> {
  const server = stack.use(await makeReplica(place, settings));
  await server.start();
  const load = stack.use(await startLoad(server.url));
  const { answers, workerKey: key } = load;
  const witnesses = stack.use(await callWitnesses({ url: server.url, key, fetch: answers.fetch }));
  await load.untilCompleted(10);
  await witnesses.fallSilent();

  await outage.begin();
  await load.untilRefused(20);
  await untilSweepsFailed(server, leaseSeconds / sweepSeconds);
  await witnesses.expectRefused();
  const [health, readiness] = await Promise.all(['healthz', 'readyz'].map((path) => statusOf(server, path)));
  const lastSweep = await server.metric(lastSweepSeries);
  await outage.end();
  await untilRises(server, lastSweepSeries, lastSweep);

  await witnesses.expectUndisturbed();
  await load.untilCompleted(10);
  const { created, again, stored, superseded } = await load.settle();
  const statuses = stored.map((task) => task.status);
  expect([health, readiness]).toEqual([200, outage.canBeRead ? 200 : 503]);
  expect(answers.faults).toEqual([]);
  expect(again).toEqual(created);
  expect(stored.map((task) => task.id).toSorted()).toEqual([...created.values()].toSorted());
  expect(new Set(statuses)).toEqual(new Set(['completed']));
  expect(superseded).toEqual([]);
  for (const task of stored) expect(linesIn(task)).toEqual(linesWrittenFor(task));
}

const failedSweepsSeries = 'verve_storage_unavailable_total{component="sweep"}';
const lastSweepSeries = 'verve_sweep_last_success_timestamp_seconds';

async function untilSweepsFailed(server: Replica, count: number): Promise<void> {
  await untilRises(server, failedSweepsSeries, (await server.metric(failedSweepsSeries)) + count);
}

async function untilRises(server: Replica, series: string, above: number): Promise<void> {
  const look = async (): Promise<void> => expect(await server.metric(series)).toBeGreaterThan(above);
  await vi.waitFor(look, { timeout, interval: 100 });
}

async function statusOf(server: Replica, path: string): Promise<number> {
  return (await fetch(`${server.url}/${path}`)).status;
}
