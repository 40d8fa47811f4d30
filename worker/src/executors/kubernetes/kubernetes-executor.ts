import type { V1Pod } from '@kubernetes/client-node';
import type { AttemptRef } from '@verve/contract';
import type { Logger } from 'pino';

import { runName, type Executor, type RunRequest, type RunState } from '../../executor.ts';
import type { KubernetesSettings } from '../../kubernetes-settings.ts';
import type { AgentRuns } from '../../kubernetes/agent-runs.ts';
import { ifThere } from '../../kubernetes/api-error.ts';
import { within, type Cluster } from '../../kubernetes/cluster.ts';
import { patiently } from '../../kubernetes/patiently.ts';
import { labels, objectName, refOf } from '../../kubernetes/run-objects.ts';
import { watchList, type WatchedList } from '../../kubernetes/watched-list.ts';
import { createTurns } from '../../turns.ts';
import { withRetries } from '../retry-watch.ts';
import { createAccessKeeper } from './access-keeper.ts';
import type { PodParts } from './pod-spec.ts';
import { createRunDriver } from './run-driver.ts';
import { endRun } from './run-end.ts';
import { followRun } from './run-log.ts';
import { makeRun } from './run-maker.ts';
import { createRunViews } from './run-view.ts';

const lookMs = 1_000;
const never = new AbortController().signal;

/** What the Kubernetes executor is made of. */
export interface KubernetesExecutorOptions {
  readonly cluster: Cluster;
  readonly settings: KubernetesSettings;
  /** The journal makes a run's AgentRun before the run is started. */
  readonly agentRuns: Pick<AgentRuns, 'read' | 'tell'>;
  /** Images of agents, by their names; absent: the image of the other phases. */
  readonly agentImages: ReadonlyMap<string, string>;
  /** Program and arguments that play the phases, instead of the image's own. */
  readonly agentCommand?: readonly string[];
  readonly logger: Logger;
}

/**
 * Runs attempts as Jobs: a pod with a container for each phase. A run's AgentRun owns all that is made for it. What is
 * known of a run stands in the cluster; runs outlive the worker.
 */
export function createKubernetesExecutor(options: KubernetesExecutorOptions): Executor & AsyncDisposable {
  const { cluster, settings, agentRuns, logger } = options;
  const { batch, namespace } = cluster;
  const labelSelector = `${labels.installation}=${settings.installation}`;
  const pods = watchPods(cluster, labelSelector, logger);
  const access = createAccessKeeper(cluster, settings.installation);
  const driver = createRunDriver({ cluster, settings, access, agentRuns, logger });
  const views = createRunViews({ cluster, agentRuns, pods });
  const turns = createTurns();

  function podPartsOf(request: RunRequest): PodParts {
    const { agentImages, agentCommand } = options;
    return { settings, request, agentImage: agentImages.get(request.spec.agent.name), agentCommand };
  }

  async function start(request: RunRequest): Promise<void> {
    const view = views.of(request.spec);
    const parts = { cluster, agentRuns, access, podPartsOf };
    await turns.take(runName(view.ref), async () => makeRun(parts, request));
    view.forget();
    driver.drive(view, request);
  }

  async function* observe(ref: AttemptRef, signal: AbortSignal): AsyncGenerator<RunState> {
    if (!(await isReady(pods, signal))) return;
    const view = views.of(ref);
    for (let last = ''; !signal.aborted;) {
      const seen = await patiently(async () => view.look(), signal);
      if (!seen) return;
      const state = withRetries(withWaiting(seen, driver.waitingOf(ref)), view.retries);
      const found = JSON.stringify([state, view.permits.unused]);
      if (found !== last) yield state;
      if (state.kind === 'ended' || state.kind === 'absent') return;
      last = found;
      await view.changed(lookMs, signal);
    }
  }

  async function* follow(
    ref: AttemptRef,
    cursor: string | undefined,
    signal: AbortSignal,
  ): ReturnType<Executor['follow']> & AsyncGenerator {
    if (!(await isReady(pods, signal))) return;
    yield* followRun({ cluster, view: views.of(ref) }, cursor, signal);
  }

  async function permit(ref: AttemptRef, forMs: number): Promise<void> {
    const view = views.of(ref);
    const { kind } = await view.look();
    if (kind === 'absent' || kind === 'ended') return;
    view.permits.grant(forMs);
    view.wake();
  }

  async function stop(ref: AttemptRef): Promise<void> {
    await pods.ready(never);
    const view = views.of(ref);
    view.forget();
    await endRun(cluster, view, undefined);
  }

  async function remove(ref: AttemptRef): Promise<void> {
    const view = views.of(ref);
    view.forget();
    const { kind } = await view.look();
    if (kind === 'running' || kind === 'waiting') {
      throw new Error(`run ${objectName(ref)} has not ended and is not removed`);
    }
    const body = { propagationPolicy: 'Background' };
    await ifThere(batch.deleteNamespacedJob({ namespace, name: objectName(ref), body }, within(never)));
    await access.remove(ref);
    await agentRuns.tell(ref, { job: null });
    await views.drop(ref);
  }

  async function list(): Promise<readonly AttemptRef[]> {
    const { items } = await batch.listNamespacedJob({ namespace, labelSelector }, within(never));
    return items.flatMap(({ metadata: { deletionTimestamp, labels: has } = {} }) =>
      deletionTimestamp ? [] : (refOf(has) ?? []),
    );
  }

  return {
    name: 'kubernetes',
    start,
    observe,
    follow,
    permit,
    stop,
    list,
    remove,
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await views[Symbol.asyncDispose]();
      await pods[Symbol.asyncDispose]();
    },
  };
}

function watchPods(cluster: Cluster, labelSelector: string, logger: Logger): WatchedList<V1Pod> {
  const { core, namespace } = cluster;
  return watchList<V1Pod>({
    cluster,
    path: `/api/v1/namespaces/${namespace}/pods`,
    labelSelector,
    list: async (signal) => {
      const { items, metadata } = await core.listNamespacedPod({ namespace, labelSelector }, within(signal));
      return { items, resourceVersion: metadata?.resourceVersion ?? '' };
    },
    logger,
  });
}

/** False on the signal. */
async function isReady(pods: WatchedList<V1Pod>, signal: AbortSignal): Promise<boolean> {
  await pods.ready(signal).catch(() => undefined);
  return !signal.aborted;
}

function withWaiting(state: RunState, waiting: string | undefined): RunState {
  return state.kind === 'running' && waiting !== undefined ? { ...state, waiting } : state;
}
