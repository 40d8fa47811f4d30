import type { AttemptRef, PhaseOutcome } from '@verve/contract';
import type { Logger } from 'pino';

import { runName, type RunRequest, type RunState } from '../../executor.ts';
import type { KubernetesSettings } from '../../kubernetes-settings.ts';
import type { AgentRuns } from '../../kubernetes/agent-runs.ts';
import { mergePatch, type Cluster } from '../../kubernetes/cluster.ts';
import { annotations, objectName } from '../../kubernetes/run-objects.ts';
import { pause } from '../../pause.ts';
import { uptimeMs } from '../../uptime.ts';
import type { AccessKeeper } from './access-keeper.ts';
import { hindranceOfJob, hindranceOfPod, silentHindrance, type Hindrance } from './hindrance.ts';
import { createPatience, type Patience } from './patience.ts';
import { phaseEndOf } from './phase-end.ts';
import { phaseOf, type PodFacts } from './pod-facts.ts';
import { endRun } from './run-end.ts';
import { statusOf, type Progress } from './run-progress.ts';
import type { RunView } from './run-view.ts';
import { createSlowStart, type SlowStart } from './slow-start.ts';
import { warningsOf } from './warnings.ts';

const lookMs = 1_000;
const warningsAgainMs = 5_000;
const accessAgainMs = 30_000;
const troubleMs = 2_000;
/** Until then silence is nothing odd. */
const silenceMs = 30_000;

/** Sees to runs while they are under way: what they log in with, what holds them up, their leave to publish. */
export interface RunDriver extends AsyncDisposable {
  /** Drives a run until it has ended. Again for one that is driven: nothing. */
  drive(view: RunView, request: RunRequest): void;
  /** Why a driven run does not begin, for people; undefined: it does, or nobody knows. */
  waitingOf(ref: AttemptRef): string | undefined;
}

/** What driving takes. */
export interface RunDriverOptions {
  readonly cluster: Cluster;
  readonly settings: KubernetesSettings;
  readonly access: Pick<AccessKeeper, 'refresh'>;
  readonly agentRuns: Pick<AgentRuns, 'tell'>;
  readonly logger: Logger;
}

interface Driven {
  readonly view: RunView;
  readonly request: RunRequest;
  readonly patience: Patience;
  readonly slowStart: SlowStart;
  waiting?: string | undefined;
  readonly begunAtMs: number;
  warningsAtMs: number;
  accessAtMs: number;
  hindrance?: Hindrance | undefined;
  permittedTick?: number;
  /** What people were told last. */
  told?: string;
}

/** Makes a driver. Disposing of it leaves the runs as they are. */
export function createRunDriver(options: RunDriverOptions): RunDriver {
  const { cluster, settings, access, agentRuns, logger } = options;
  const driven = new Map<string, { readonly run: Driven; readonly done: Promise<void> }>();
  const disposal = new AbortController();
  const { signal } = disposal;

  async function follow(run: Driven): Promise<void> {
    while (!signal.aborted && (await goOn(run)));
  }

  /** Takes the steps that are due; false when the run has ended. */
  async function goOn(run: Driven): Promise<boolean> {
    try {
      const state = await run.view.look();
      if (state.kind === 'ended' || state.kind === 'absent') return false;
      await step(run, state);
      await run.view.changed(lookMs, signal);
    } catch (error) {
      if (signal.aborted) return false;
      logger.error({ err: error, run: objectName(run.view.ref) }, 'run cannot be driven on; trying again');
      await pause(troubleMs, signal);
    }
    return true;
  }

  async function step(run: Driven, state: RunState): Promise<void> {
    if (state.kind !== 'running' && state.kind !== 'waiting') return;
    await judge(run, state);
    await tellPermit(cluster, run, signal);
    await tellPeople(run, state);
    if (uptimeMs() - run.accessAtMs < accessAgainMs) return;
    run.accessAtMs = uptimeMs();
    await access.refresh(run.request);
  }

  /** Ends a run that nothing else would ever end. */
  async function judge(run: Driven, state: RunState): Promise<void> {
    const { view, patience } = run;
    if (state.kind !== 'running' || view.job?.isStopped) return;
    const stuck = stuckEndOf(view);
    if (stuck) return endRun(cluster, view, stuck);
    const isSilent = uptimeMs() - run.begunAtMs >= silenceMs;
    run.hindrance = (await hindranceNow(run)) ?? (isSilent ? silentHindrance(view.pod) : undefined);
    const slow = run.slowStart.words(view.pod);
    const waiting = run.hindrance?.words ?? slow;
    const isNews = run.waiting !== waiting;
    run.waiting = waiting;
    if (isNews) view.wake();
    const verdict = patience.judge(run.hindrance, (view.pod && phaseOf(view.pod)) ?? 'checkout');
    if (verdict) await endRun(cluster, view, verdict);
  }

  async function hindranceNow(run: Driven): Promise<Hindrance | undefined> {
    const { pod } = run.view;
    const byStatus = pod && hindranceOfPod(pod, []);
    if (byStatus || (pod && isUnderWay(pod))) return byStatus;
    if (uptimeMs() - run.warningsAtMs < warningsAgainMs) return run.hindrance;
    run.warningsAtMs = uptimeMs();
    if (pod) return hindranceOfPod(pod, await warningsOf(cluster, { kind: 'Pod', name: pod.name }, signal));
    return hindranceOfJob(await warningsOf(cluster, { kind: 'Job', name: objectName(run.view.ref) }, signal));
  }

  async function tellPeople(run: Driven, state: Progress['state']): Promise<void> {
    const { view, hindrance } = run;
    const retryCause = view.retries.why(state.phase);
    const status = statusOf({ state, pod: view.pod, hindrance, retryCause });
    const told = JSON.stringify(status);
    if (told === run.told) return;
    await agentRuns.tell(view.ref, status);
    run.told = told;
  }

  return {
    drive(view, request) {
      const name = runName(view.ref);
      if (driven.has(name)) return;
      const run: Driven = {
        view,
        request,
        patience: createPatience(settings, uptimeMs),
        slowStart: createSlowStart(uptimeMs),
        begunAtMs: uptimeMs(),
        warningsAtMs: uptimeMs(),
        accessAtMs: uptimeMs(),
      };
      const done = follow(run).finally(() => driven.delete(name));
      driven.set(name, { run, done });
    },
    waitingOf: (ref) => driven.get(runName(ref))?.run.waiting,
    async [Symbol.asyncDispose]() {
      disposal.abort();
      await Promise.all([...driven.values()].map(async ({ done }) => done));
    },
  };
}

/** A container runs, or has run to the pod's end. */
function isUnderWay(pod: PodFacts): boolean {
  const phase = phaseOf(pod);
  return phase === undefined || pod.containers[phase].kind === 'running';
}

/**
 * The end of a run whose pod would wait for ever: the kubelet starts nothing after an init container in which something
 * was killed for want of memory, though it ended well itself.
 */
function stuckEndOf({ pod, isPodGone }: RunView): PhaseOutcome | undefined {
  if (!pod || isPodGone || pod.isOver) return undefined;
  for (const phase of ['checkout', 'agent'] as const) {
    const fact = pod.containers[phase];
    if (fact.kind === 'ended' && fact.code === 0 && fact.reason === 'OOMKilled') {
      return phaseEndOf(phase, fact).outcome;
    }
  }
  return undefined;
}

/** Tells publish of its permit, counted from what it told last. */
async function tellPermit({ core, namespace }: Cluster, run: Driven, signal: AbortSignal): Promise<void> {
  const { tick, pod, permits } = run.view;
  if (tick === undefined || !pod || run.permittedTick === tick) return;
  const text = permits.textFor(tick);
  if (text === undefined) return;
  const body = { metadata: { annotations: { [annotations.permit]: text } } };
  await core.patchNamespacedPod({ namespace, name: pod.name, body }, mergePatch(signal));
  run.permittedTick = tick;
}
