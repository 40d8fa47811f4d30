import type { AttemptRef, Phase, PhaseOutcome } from '@verve/contract';

import type { Executor, RunLine, RunRequest, RunState } from '../../executor.ts';

/** What `scripted-agent` leaves when all its scripts end well. */
export const pushed = {
  status: 'completed',
  reason: 'BranchPushed',
  branch: 'verve/scripted',
  commit: 'c'.repeat(40),
} as const;

/** What each phase does, as shell; one that is left out ends well at once. */
type Scripts = Partial<Record<Phase, string>>;

/** A place in a script where it waits. */
interface Gate {
  /** Shell that goes on when the gate is open. */
  readonly wait: string;
  open(): Promise<void>;
}

/** What an adapter brings so that the contract can be held against it. */
export interface ExecutorStage extends AsyncDisposable {
  /** An executor on the stage's runs. A second one is what a worker has that was started again. */
  open(): Executor & AsyncDisposable;
  /** A new attempt's request, whose phases are played by `scripted-agent`. */
  request(scripts: Scripts, given?: Partial<Omit<RunRequest, 'spec'>>): RunRequest;
  gate(): Gate;
  /** Names what is alive of the run, found by other means than the executor's own. */
  alive(ref: AttemptRef): Promise<readonly string[]>;
  /** Ends all of the run at once and from outside, so that nothing of it can tell how it ended. */
  kill(ref: AttemptRef): Promise<void>;
}

/** A test's way to a fresh stage. */
export type OpenStage = () => Promise<ExecutorStage>;

/** Never aborted. */
export const never: AbortSignal = new AbortController().signal;

/** All that comes, to the end. */
async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}

/** Every state from now on to the last. */
export async function statesOf(executor: Executor, { spec }: RunRequest): Promise<readonly RunState[]> {
  return collect(executor.observe(spec, never));
}

/** The same; lets the run publish when it waits. */
export async function seeThrough(executor: Executor, { spec }: RunRequest): Promise<RunState[]> {
  const states: RunState[] = [];
  for await (const state of executor.observe(spec, never)) {
    states.push(state);
    if (state.kind === 'waiting') await executor.permit(spec, 60_000);
  }
  return states;
}

/** The outcome at the end; lets the run publish when it waits. */
export async function outcomeOf(executor: Executor, request: RunRequest): Promise<PhaseOutcome | undefined> {
  const last = (await seeThrough(executor, request)).at(-1);
  if (last?.kind !== 'ended') throw new Error(`the run did not end: ${JSON.stringify(last)}`);
  return last.outcome;
}

/** Every line to the log's end. */
export async function linesOf(
  executor: Executor,
  { spec }: RunRequest,
  cursor?: string,
): Promise<readonly RunLine[]> {
  return (await collect(executor.follow(spec, cursor, never))).flat();
}

/** The same without what comes with each line. */
export async function textOf(executor: Executor, request: RunRequest): Promise<readonly string[]> {
  return (await linesOf(executor, request)).map((line) => line.text);
}

/** Resolves when the run has printed a line; fails when it ends before. */
export async function untilLine(executor: Executor, { spec }: RunRequest, text: string): Promise<void> {
  for await (const lines of executor.follow(spec, undefined, never)) {
    if (lines.some((line) => line.text === text)) return;
  }
  throw new Error(`the run ended and never said "${text}"`);
}

/** Resolves when the run waits for its permit; fails when it ends before. */
export async function untilWaiting(executor: Executor, { spec }: RunRequest): Promise<void> {
  for await (const state of executor.observe(spec, never)) {
    if (state.kind === 'waiting') return;
  }
  throw new Error('the run ended and never waited');
}

/** The state right now. */
export async function stateOf(executor: Executor, ref: AttemptRef): Promise<RunState> {
  for await (const state of executor.observe(ref, never)) return state;
  throw new Error('a state comes always');
}

/** Where a run can be when something happens to it. */
export const places = ['checkout', 'agent', 'waiting', 'publish', 'ended'] as const;
export type Place = (typeof places)[number];

/** Starts a run that says `at <phase>` in each phase and then does what is given, and takes it to a place. */
export async function startedAt(
  stage: ExecutorStage,
  executor: Executor,
  { place, doing }: { readonly place: Place; readonly doing: string },
): Promise<RunRequest> {
  const scriptOf = (phase: Phase): string => `echo "at ${phase}"; ${phase === place ? doing : 'true'}`;
  const request = stage.request({
    checkout: scriptOf('checkout'),
    agent: scriptOf('agent'),
    publish: scriptOf('publish'),
  });
  await executor.start(request);
  if (place === 'waiting') {
    await untilWaiting(executor, request);
    return request;
  }
  if (place === 'publish' || place === 'ended') await executor.permit(request.spec, 60_000);
  if (place === 'ended') await outcomeOf(executor, request);
  else await untilLine(executor, request, `at ${place}`);
  return request;
}
