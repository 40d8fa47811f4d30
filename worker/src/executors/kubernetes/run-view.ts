import type { AttemptRef, ContainerTold, Phase, Usage } from '@verve/contract';

import { runName, type RunState } from '../../executor.ts';
import { createRetryWatch, type RetryWatch } from '../retry-watch.ts';
import { createPermitBook, type PermitBook } from './permit-book.ts';
import type { PodFacts } from './pod-facts.ts';
import { createRunObjectsView, type RunObjectsParts } from './run-objects-view.ts';
import { stateBy, type RunObjects } from './run-state.ts';
import { createToldReader } from './told-reader.ts';
import { createWakeable, type Wakeable } from './wakeable.ts';

const listenMs = 2_000;
const never = new AbortController().signal;

/** One run, as the cluster has it: looked at by all who wait for it. */
export interface RunView extends Wakeable, AsyncDisposable, RunObjects {
  readonly ref: AttemptRef;
  /** The run's state right now. What stands beside is as of the last look. */
  look(): Promise<RunState>;
  /** The number that publish told last. */
  readonly tick: number | undefined;
  readonly permits: PermitBook;
  readonly retries: RetryWatch;
  /** What was read of its Job may be out of date. */
  forget(): void;
}

interface Told {
  readonly tick?: number;
  readonly state?: 'waiting' | 'running';
  readonly usage?: Usage;
}

/** Looks at a run from now on. */
function createRunView(parts: RunObjectsParts, ref: AttemptRef): RunView {
  const permits = createPermitBook();
  const retries = createRetryWatch();
  const wakeable = createWakeable();
  const view = createRunObjectsView(parts, ref);
  let objects: RunObjects = { wasMade: false, job: undefined, pod: undefined, isPodGone: false };
  let told: Told = {};
  let hasListened = false;

  function take(phase: Phase, what: ContainerTold): void {
    if (phase === 'agent' && 'usage' in what) told = { ...told, usage: what.usage };
    else if (phase === 'publish' && 'tick' in what) told = { ...told, tick: what.tick, state: what.state };
    wakeable.wake();
  }

  const reader = createToldReader(parts.cluster, take);
  const unsubscribe = parts.pods.subscribe((_name, pod) => {
    if (!pod || view.isOurs(pod)) wakeable.wake();
  });

  /** Listens to the container that has something to tell. */
  function attend({ pod, isPodGone }: RunObjects): void {
    const talking = (['publish', 'agent'] as const).find(
      (phase) => pod?.containers[phase].kind === 'running',
    );
    reader.attend(pod && talking && !isPodGone ? { pod: pod.name, container: talking } : undefined);
  }

  /** Gives publish a moment to say whether it waits, so that nobody takes it for what comes before. */
  async function listen({ pod, isPodGone }: RunObjects): Promise<void> {
    if (hasListened || isPodGone || pod?.containers.publish.kind !== 'running') return;
    hasListened = true;
    if (!told.state) await wakeable.changed(listenMs, never);
  }

  return {
    ref,
    async look() {
      objects = await view.look();
      if (!objects.pod) told = {};
      attend(objects);
      await listen(objects);
      const { state: publish, usage } = told;
      return stateBy({ ...objects, publish, usage, isPermitted: permits.isValid });
    },
    get wasMade() {
      return objects.wasMade;
    },
    get job() {
      return objects.job;
    },
    get pod(): PodFacts | undefined {
      return objects.pod;
    },
    get isPodGone() {
      return objects.isPodGone;
    },
    get tick() {
      return told.tick;
    },
    permits,
    retries,
    forget() {
      view.forget();
      wakeable.wake();
    },
    changed: async (ms, signal) => wakeable.changed(ms, signal),
    wake: () => wakeable.wake(),
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await reader[Symbol.asyncDispose]();
    },
  };
}

/** The views of runs, each made when it is asked for. */
export interface RunViews extends AsyncDisposable {
  of(ref: AttemptRef): RunView;
  drop(ref: AttemptRef): Promise<void>;
}

/** None yet. */
export function createRunViews(parts: RunObjectsParts): RunViews {
  const views = new Map<string, RunView>();

  return {
    of({ taskId, attempt }) {
      const ref = { taskId, attempt };
      const view = views.get(runName(ref)) ?? createRunView(parts, ref);
      views.set(runName(ref), view);
      return view;
    },
    async drop(ref) {
      const view = views.get(runName(ref));
      views.delete(runName(ref));
      await view?.[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...views.values()].map(async (view) => view[Symbol.asyncDispose]()));
    },
  };
}
