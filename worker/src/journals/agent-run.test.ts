import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Journal, JournalEntry, Withdrawal } from '../journal.ts';
import { createAgentRuns, type AgentRuns } from '../kubernetes/agent-runs.ts';
import { mergePatch, within, type Cluster } from '../kubernetes/cluster.ts';
import {
  annotations,
  finalizer,
  group,
  objectName,
  taskSecretName,
  version,
} from '../kubernetes/run-objects.ts';
import { describeJournal, journalEntryOf } from '../testing/journal-contract.ts';
import { openNamespace, whyNoCluster } from '../testing/kubernetes/cluster.ts';
import { silent } from '../testing/run.ts';
import { createAgentRunJournal } from './agent-run.ts';

const why = whyNoCluster(process.env);

const never = new AbortController().signal;
const claimedAtMs = Date.UTC(2026, 0, 31, 12, 0, 0);
const nowMs = claimedAtMs + 252_000;
const pushed = { branch: 'verve/x', commit: 'a'.repeat(40), pullRequestUrl: 'https://git.example/x/1' };
const opened = {
  attempt: 1,
  status: 'completed',
  reason: 'PullRequestOpened',
  lastSeq: 7,
  ...pushed,
} as const;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe.skipIf(why !== undefined)(`of AgentRuns${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  let cluster: Cluster & AsyncDisposable;
  const open = new Set<AgentRuns>();
  let installations = 0;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-journal-${process.pid}`);
  });
  afterEach(async () => {
    for (const agentRuns of open) await agentRuns[Symbol.asyncDispose]();
    open.clear();
  });
  afterAll(async () => {
    const { items } = await cluster.custom.listNamespacedCustomObject(all(), within(never));
    for (const { metadata } of items) await patch(metadata.name, { finalizers: null });
    await cluster[Symbol.asyncDispose]();
  });

  function all(): { group: string; version: string; namespace: string; plural: string } {
    return { group, version, namespace: cluster.namespace, plural: 'agentruns' };
  }

  async function patch(name: string, metadata: object): Promise<void> {
    await cluster.custom.patchNamespacedCustomObject(
      { ...all(), name, body: { metadata } },
      mergePatch(never),
    );
  }

  async function erase(entry: JournalEntry): Promise<void> {
    await cluster.custom.deleteNamespacedCustomObject({ ...all(), name: objectName(entry) }, within(never));
  }

  function openRuns(installation: string): AgentRuns {
    const agentRuns = createAgentRuns({ cluster, installation, worker: 'here', logger: silent });
    open.add(agentRuns);
    return agentRuns;
  }

  function openJournal(installation: string): { agentRuns: AgentRuns; journal: Journal } {
    const agentRuns = openRuns(installation);
    return { agentRuns, journal: createAgentRunJournal({ agentRuns, now: () => nowMs, logger: silent }) };
  }

  function newInstallation(): string {
    return `journal-${process.pid}-${installations++}`;
  }

  describeJournal(async () => {
    const installation = newInstallation();
    return {
      open: async () => openJournal(installation).journal,
      spoil: async (entry) => patch(objectName(entry), { annotations: { [annotations.journal]: '{' } }),
    };
  });

  test('what the run is told stands in its Secret alone', async () => {
    const { agentRuns, journal } = openJournal(newInstallation());
    const entry = journalEntryOf();

    await journal.put(entry);

    const { namespace, core } = cluster;
    const secret = await core.readNamespacedSecret({ namespace, name: taskSecretName(entry) }, within(never));
    const told = Buffer.from(secret.data?.['task.json'] ?? '', 'base64').toString();
    expect(JSON.parse(told)).toEqual(entry.spec);
    expect(JSON.stringify(await agentRuns.read(entry))).not.toContain(entry.spec.description);
  });

  test('an AgentRun without an entry is discarded', async () => {
    const installation = newInstallation();
    const { agentRuns } = openJournal(installation);
    const entry = journalEntryOf();
    await agentRuns.make(entry);

    expect(await openJournal(installation).journal.list()).toEqual([]);

    expect(await agentRuns.read(entry)).toBeUndefined();
  });

  test('people are told how an attempt ended', async () => {
    const { agentRuns, journal } = openJournal(newInstallation());
    const usage = { inputTokens: 12, outputTokens: 3, costUsd: 0.25 };
    const entry = journalEntryOf({ claimedAtMs });
    await journal.put(entry);

    await journal.put({ ...entry, outcome: { ...opened, usage } });

    expect((await agentRuns.read(entry))?.status).toMatchObject({
      phase: 'Claimed',
      conditions: [
        { type: 'Claimed', status: 'True' },
        { type: 'LogsDrained', status: 'True', message: 'the server has 7 chunks of the log' },
        { type: 'Published', status: 'True', reason: opened.reason, message: opened.pullRequestUrl },
      ],
    });
    await journal.remove(entry);

    const { metadata, status } = (await agentRuns.read(entry)) ?? {};
    expect(metadata?.finalizers).toBeUndefined();
    expect(metadata?.annotations).toBeUndefined();
    expect(status).toMatchObject({
      ...pushed,
      phase: 'Completed',
      reason: 'PullRequestOpened',
      usage,
      endedAt: new Date(nowMs).toISOString(),
      duration: '4m12s',
    });
    const last = status?.conditions?.at(-1);
    expect(last).toMatchObject({ type: 'Complete', status: 'True', reason: 'PullRequestOpened' });
  });

  test.each([
    [
      'Failed',
      { attempt: 1, status: 'failed', reason: 'AgentFailed', message: 'exit 1', lastSeq: 0 },
      'exit 1',
    ],
    [
      'Canceled',
      { attempt: 1, status: 'canceled', reason: 'Canceled', message: 'by Ada', lastSeq: 0 },
      'by Ada',
    ],
    ['Lost', undefined, 'the server gave the attempt up'],
  ] as const)('an attempt may end as %s', async (phase, outcome, message) => {
    const installation = newInstallation();
    const { agentRuns, journal } = openJournal(installation);
    const entry = journalEntryOf({ ...(outcome && { outcome }) });
    await journal.put(entry);

    // As the next process does it, after a crash.
    const { journal: next } = openJournal(installation);
    await next.list();
    await next.remove(entry);
    await next.remove(entry);

    expect((await agentRuns.read(entry))?.status).toMatchObject({ phase, message });
  });

  test('a deleted AgentRun is told, and is gone once its entry is removed', async () => {
    const { agentRuns, journal } = openJournal(newInstallation());
    const entry = journalEntryOf();
    await journal.put(entry);
    const stop = new AbortController();
    const told = journal.withdrawn(stop.signal)[Symbol.asyncIterator]().next();

    await erase(entry);

    const { taskId, attempt } = entry;
    const withdrawal: Withdrawal = { taskId, attempt, why: 'its AgentRun was deleted in Kubernetes' };
    expect(await told).toEqual({ done: false, value: withdrawal });
    expect(await agentRuns.read(entry)).toBeDefined();
    await journal.remove(entry);
    expect(await agentRuns.read(entry)).toBeUndefined();
    stop.abort();
  });

  test('one whose finalizer somebody takes away is told too', async () => {
    const { agentRuns, journal } = openJournal(newInstallation());
    const entry = journalEntryOf();
    await journal.put(entry);
    await vi.waitFor(() => expect(agentRuns.active.get(objectName(entry))).toBeDefined(), 20_000);
    const stop = new AbortController();
    const told = journal.withdrawn(stop.signal)[Symbol.asyncIterator]().next();

    await patch(objectName(entry), { finalizers: null });
    await erase(entry);

    expect(await told).toMatchObject({ value: { taskId: entry.taskId } });
    stop.abort();
  });

  test('one that was deleted while no worker ran is to be stopped', async () => {
    const installation = newInstallation();
    const { agentRuns, journal } = openJournal(installation);
    const entry = journalEntryOf();
    await journal.put(entry);
    await erase(entry);
    expect((await agentRuns.read(entry))?.metadata?.finalizers).toEqual([finalizer]);

    const next = openJournal(installation).journal;

    const stop = { reason: 'Canceled', message: 'its AgentRun was deleted in Kubernetes' };
    expect(await next.list()).toMatchObject([{ taskId: entry.taskId, stop }]);
    for await (const withdrawal of next.withdrawn(never)) {
      expect(withdrawal).toMatchObject({ taskId: entry.taskId });
      break;
    }
  });

  test('an AgentRun whose attempt is over simply goes', async () => {
    const { agentRuns, journal } = openJournal(newInstallation());
    const entry = journalEntryOf();
    await journal.put({ ...entry, outcome: opened });
    await journal.remove(entry);

    await erase(entry);

    expect(await agentRuns.read(entry)).toBeUndefined();
  });
});
