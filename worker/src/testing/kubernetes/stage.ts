import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { V1Pod } from '@kubernetes/client-node';
import type { AttemptRef } from '@verve/contract';

import type { Executor } from '../../executor.ts';
import { createKubernetesExecutor } from '../../executors/kubernetes/kubernetes-executor.ts';
import { kubernetesSettings } from '../../kubernetes-settings.ts';
import { createAgentRuns } from '../../kubernetes/agent-runs.ts';
import { isTaken } from '../../kubernetes/api-error.ts';
import { mergePatch, within, type Cluster } from '../../kubernetes/cluster.ts';
import { labels } from '../../kubernetes/run-objects.ts';
import { pushed, type ExecutorStage } from '../executor-contract/stage.ts';
import { requestOf, shellSpec, silent } from '../run.ts';
import { processesOf, type PodProcess } from './pod-processes.ts';

const signal = new AbortController().signal;
const configMap = 'scripted-agent';
const gateKey = 'test/gates';
const image = process.env['VERVE_TEST_AGENT_IMAGE'] ?? 'verve-agent:dev';
const script = fileURLToPath(new URL('../scripted-agent.ts', import.meta.url));
let stages = 0;

/** The stage of the Kubernetes executor: an installation of its own in a namespace. */
export async function openKubernetesStage(cluster: Cluster): Promise<ExecutorStage> {
  const installation = `stage-${process.pid}-${stages++}`;
  const { core, batch, namespace } = cluster;
  const labelSelector = `${labels.installation}=${installation}`;
  const open = new Set<AsyncDisposable>();
  let gates = 0;
  await makeScriptedAgent(cluster);
  const settings = kubernetesSettings.parse({
    installation,
    image,
    imagePullPolicy: 'IfNotPresent',
    resources: resources(),
    podTemplate: {
      spec: {
        volumes: [
          { name: 'scripted-agent', configMap: { name: configMap } },
          {
            name: 'gates',
            downwardAPI: {
              items: [{ path: 'open', fieldRef: { fieldPath: `metadata.annotations['${gateKey}']` } }],
            },
          },
        ],
      },
      containers: Object.fromEntries(['checkout', 'agent', 'publish'].map((phase) => [phase, mounts])),
    },
  });

  async function podsOf(ref: AttemptRef): Promise<readonly V1Pod[]> {
    const own = `${labelSelector},${labels.task}=${ref.taskId},${labels.attempt}=${ref.attempt}`;
    return (await core.listNamespacedPod({ namespace, labelSelector: own }, within(signal))).items;
  }

  async function processes(ref: AttemptRef): Promise<readonly PodProcess[]> {
    return (await podsOf(ref)).flatMap(({ metadata }) => processesOf(metadata?.uid ?? ''));
  }

  async function openGates(upTo: number): Promise<void> {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector }, within(signal));
    const text = Array.from({ length: upTo + 1 }, (_, gate) => `gate-${gate};`).join('');
    const body = { metadata: { annotations: { [gateKey]: text } } };
    for (const { metadata } of items) {
      await core.patchNamespacedPod({ namespace, name: metadata?.name ?? '', body }, mergePatch(signal));
    }
  }

  return {
    open() {
      const agentRuns = createAgentRuns({ cluster, installation, worker: 'stage', logger: silent });
      const executor = createKubernetesExecutor({
        cluster,
        settings,
        agentRuns,
        agentImages: new Map(),
        agentCommand: ['/verve/bin/node', '/scripted/scripted-agent.ts'],
        logger: silent,
      });
      const journaled = withAgentRuns(executor, agentRuns);
      open.add(journaled);
      return journaled;
    },
    request(scripts, given) {
      const { branch } = pushed;
      const spec = {
        ...shellSpec('https://git.example/x.git', 'true'),
        branch,
        description: JSON.stringify(scripts),
      };
      return { ...requestOf(spec), ...given };
    },
    gate() {
      const gate = gates++;
      return {
        wait: `until grep -q 'gate-${gate};' /gates/open; do sleep 0.05; done`,
        open: async () => openGates(gate),
      };
    },
    alive: async (ref) => (await processes(ref)).flatMap(({ command, isOwn }) => (isOwn ? [] : [command])),
    async kill(ref) {
      const isOfContainer = ({ command }: PodProcess): boolean => !command.startsWith('/pause');
      for (let found = await processes(ref); found.some(isOfContainer); found = await processes(ref)) {
        for (const { pid } of found.filter(isOfContainer)) killIfThere(pid);
        await wait(50);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const executor of open) await executor[Symbol.asyncDispose]();
      await using agentRuns = createAgentRuns({ cluster, installation, worker: 'stage', logger: silent });
      for (const { spec } of await agentRuns.list()) await agentRuns.discard(spec);
      const body = { propagationPolicy: 'Background' };
      await batch.deleteCollectionNamespacedJob({ namespace, labelSelector, body }, within(signal));
    },
  };
}

const mounts = {
  volumeMounts: [
    { name: 'scripted-agent', mountPath: '/scripted' },
    { name: 'gates', mountPath: '/gates' },
  ],
};

function resources(): object {
  const little = { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '256Mi' } };
  return { checkout: little, agent: little, publish: little };
}

/** With the AgentRuns that the journal makes otherwise. */
function withAgentRuns(
  executor: Executor & AsyncDisposable,
  agentRuns: ReturnType<typeof createAgentRuns>,
): Executor & AsyncDisposable {
  return {
    ...executor,
    async start(request) {
      await agentRuns.make({ spec: request.spec, timeoutSeconds: 3_600 });
      await executor.start(request);
    },
    async remove(ref) {
      await executor.remove(ref);
      await agentRuns.discard(ref);
    },
    async [Symbol.asyncDispose]() {
      await executor[Symbol.asyncDispose]();
      await agentRuns[Symbol.asyncDispose]();
    },
  };
}

async function makeScriptedAgent({ core, namespace }: Cluster): Promise<void> {
  const data = { 'scripted-agent.ts': readFileSync(script, 'utf8') };
  try {
    const body = { metadata: { name: configMap }, data };
    await core.createNamespacedConfigMap({ namespace, body }, within(signal));
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
