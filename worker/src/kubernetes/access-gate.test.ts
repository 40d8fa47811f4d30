import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { createHealth } from '../health.ts';
import { openNamespace, whyNoCluster } from '../testing/kubernetes/cluster.ts';
import { makeServiceAccount, type ServiceAccount } from '../testing/kubernetes/service-account.ts';
import { temporaryFolder } from '../testing/run.ts';
import { untilAllowed } from './access-gate.ts';
import type { Cluster } from './cluster.ts';
import { permissions, rulesOf } from './permissions.ts';

const why = whyNoCluster(process.env);
const patience = { timeout: 30_000, interval: 100 };
const never = new AbortController().signal;

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

describe.skipIf(why !== undefined)(`the gate${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  const folder = temporaryFolder();
  let cluster: Cluster & AsyncDisposable;
  let account: ServiceAccount;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-gate-${process.pid}`);
    const rules = rulesOf(permissions.filter(({ resource }) => resource !== 'jobs'));
    account = await makeServiceAccount(cluster, { name: 'worker', folder: folder.path }, rules);
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('keeps a worker that lacks rights from work, says which, and lets it go on when it has them', async () => {
    const lines: { readonly msg: string; readonly fix?: string }[] = [];
    const write = (line: string): unknown => lines.push(JSON.parse(line) as (typeof lines)[number]);
    const health = createHealth(() => performance.now());
    const gate = { cluster: account.cluster, health, logger: pino({}, { write }) };

    const allowed = untilAllowed(gate, never);
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0), patience);

    const jobs = permissions.filter(({ resource }) => resource === 'jobs').flatMap(({ verbs }) => verbs);
    const told = lines.filter(({ fix }) => fix?.includes('resources: ["jobs"]'));
    expect(told.map(({ msg }) => /may not (\w+) jobs/.exec(msg)?.[1])).toEqual(jobs);
    expect(health.ready()).toMatchObject({
      isWell: false,
      why: told.map(({ msg, fix }) => `${msg}. ${fix}`).join('; '),
    });
    expect(lines.at(-1)?.msg).toContain('looking again');

    await account.allow(rulesOf(permissions));
    await allowed;

    expect(health.ready()).toEqual({ isWell: false, why: 'the worker is waiting for its turn' });
    expect(lines).toHaveLength(jobs.length + 1);
  });
});
