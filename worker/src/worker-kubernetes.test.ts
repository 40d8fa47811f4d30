import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Task } from '@verve/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { createAgentRuns, type AgentRuns } from './kubernetes/agent-runs.ts';
import { within, type Cluster } from './kubernetes/cluster.ts';
import { group, objectName, version } from './kubernetes/run-objects.ts';
import { startFakeServer, taskOf, type FakeServer } from './testing/fake-server.ts';
import { openNamespace, whyNoCluster } from './testing/kubernetes/cluster.ts';
import { silent, temporaryFolder } from './testing/run.ts';
import { testKey } from './testing/worker.ts';

const why = whyNoCluster(process.env);
const never = new AbortController().signal;
const patience = { timeout: 60_000, interval: 100 };
const image = process.env['VERVE_TEST_AGENT_IMAGE'] ?? 'verve-agent:dev';
/** Checkout tries for minutes to reach it. */
const repository = 'https://git.invalid/x.git';
const installation = 'verve-worker';
const deleted = { status: 'canceled', reason: 'Canceled', message: 'its AgentRun was deleted in Kubernetes' };

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

describe.skipIf(why !== undefined)(
  `a worker in Kubernetes${why === undefined ? '' : `: skipped, ${why}`}`,
  () => {
    let cluster: Cluster & AsyncDisposable;
    let agentRuns: AgentRuns;
    const started = new Set<ChildProcess>();
    beforeAll(async () => {
      cluster = await openNamespace(`verve-worker-${process.pid}`);
      agentRuns = createAgentRuns({ cluster, installation, worker: 'test', logger: silent });
    });
    afterEach(async () => {
      for (const child of started) await end(child, 'SIGTERM');
    });
    afterAll(async () => {
      for (const { spec } of await agentRuns.list()) await agentRuns.discard(spec);
      await agentRuns[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    });

    function start(folder: string, server: FakeServer): ChildProcess {
      const little = { requests: { cpu: '10m', memory: '32Mi' } };
      const config = join(folder, 'worker.yaml');
      const { namespace } = cluster;
      const resources = { checkout: little, agent: little, publish: little };
      const kubernetes = { namespace, installation, image, imagePullPolicy: 'IfNotPresent', resources };
      writeFileSync(
        config,
        JSON.stringify({
          serverUrl: server.url,
          key: testKey,
          executor: 'kubernetes',
          dataDir: folder,
          repositories: ['https://git.invalid/**'],
          health: { port: 0 },
          kubernetes,
        }),
      );
      const child = spawn(process.execPath, ['--conditions=source', join(import.meta.dirname, 'main.ts')], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, VERVE_CONFIG: config },
      });
      started.add(child);
      return child;
    }

    async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
      started.delete(child);
      child.kill(signal);
      await once(child, 'exit');
    }

    async function deleteRun({ id }: Task): Promise<void> {
      const { namespace } = cluster;
      const name = objectName({ taskId: id, attempt: 1 });
      await cluster.custom.deleteNamespacedCustomObject(
        { group, version, namespace, plural: 'agentruns', name },
        within(never),
      );
    }

    async function untilRuns({ id }: Task): Promise<void> {
      await vi.waitFor(async () => {
        const found = await agentRuns.read({ taskId: id, attempt: 1 });
        expect(found?.status?.job).toBeDefined();
      }, patience);
    }

    /** Nothing of it is there any more. */
    async function expectGone({ id }: Task): Promise<void> {
      const ref = { taskId: id, attempt: 1 };
      await vi.waitFor(async () => expect(await agentRuns.read(ref)).toBeUndefined(), patience);
      await vi.waitFor(async () => {
        const { namespace } = cluster;
        expect((await cluster.batch.listNamespacedJob({ namespace }, within(never))).items).toEqual([]);
        expect((await cluster.core.listNamespacedSecret({ namespace }, within(never))).items).toEqual([]);
      }, patience);
    }

    test('to delete an AgentRun cancels its task', async () => {
      await using folder = temporaryFolder();
      await using server = await startFakeServer();
      const task = taskOf({ repository });
      server.offer(task);
      start(folder.path, server);
      await untilRuns(task);

      await deleteRun(task);

      await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
      expect(server.outcomes[0]).toMatchObject(deleted);
      await expectGone(task);
    });

    test('an AgentRun that is deleted while no worker runs cancels its task with the next one', async () => {
      await using folder = temporaryFolder();
      await using server = await startFakeServer();
      const task = taskOf({ repository });
      server.offer(task);
      const first = start(folder.path, server);
      await untilRuns(task);
      await end(first, 'SIGKILL');
      await deleteRun(task);
      start(folder.path, server);

      await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
      expect(server.outcomes[0]).toMatchObject(deleted);
      await expectGone(task);
    });
  },
);
