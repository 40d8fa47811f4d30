import {
  ApiError,
  type AttemptRef,
  type LogLevel,
  type Outcome,
  type Phase,
  type ProgressAnswer,
  type RunSpec,
  type Usage,
} from '@verve/contract';

import { AttemptLost, type AttemptParts } from './attempt-parts.ts';
import type { Executor, RunState } from './executor.ts';
import type { JournalEntry } from './journal.ts';
import type { RunLogs } from './logs/run-logs.ts';
import { outcomeOf } from './outcome.ts';
import { pause } from './pause.ts';
import { persist } from './retry.ts';
import type { Stopping } from './stopping.ts';
import { uptimeMs } from './uptime.ts';

const permitAgainMs = 5_000;
/** A run may tell what it used as often as it likes. */
const usageAgainMs = 1_000;

/**
 * Runs the attempt to its outcome, which the journal then holds. Again after trouble: goes on from what it finds. Throws
 * AttemptLost when the server says so.
 */
export async function run(parts: AttemptParts, stopping: Stopping, signal: AbortSignal): Promise<Outcome> {
  const { executor, journal, keeper, logs, now } = parts;
  const { attempt, spec, claimedAtMs, timeoutSeconds } = stopping.entry;
  await journal.put(stopping.entry);
  keeper.name(stopping.entry);
  await keeper.confirm(signal);
  signal.throwIfAborted();

  const problem = stopping.entry.stop ? undefined : await start(parts, stopping.entry, signal);
  if (problem !== undefined) {
    const outcome = {
      attempt,
      status: 'failed',
      reason: 'ConfigInvalid',
      message: problem,
      lastSeq: 0,
    } as const;
    await stopping.end(outcome);
    return outcome;
  }
  // A stop may have been wished while there was no run yet, or by an earlier process.
  await stopping.settle();
  if (stopping.entry.stop) await executor.stop(spec);

  const message = `stopped after ${timeoutSeconds} s, the time that the task was given: give it more, or ask for less in one task`;
  const clock = setTimeout(
    () => stopping.stop({ reason: 'TimedOut', message }),
    Math.max(0, claimedAtMs + timeoutSeconds * 1_000 - now()),
  );
  try {
    const [end, lastSeq] = await watchAndShip(parts, stopping, signal);
    await stopping.settle();
    signal.throwIfAborted();
    const { stop } = stopping.entry;
    const outcome = await logs.mask(
      outcomeOf({
        attempt,
        left: end?.outcome,
        used: end?.usage,
        stop,
        lastSeq,
        branch: spec.branch,
        level: spec.logLevel,
      }),
    );
    await stopping.end(outcome);
    return outcome;
  } finally {
    clearTimeout(clock);
  }
}

/** Both to their ends. Neither goes on when the other has failed: who tries again begins both anew. */
async function watchAndShip(
  parts: AttemptParts,
  stopping: Stopping,
  signal: AbortSignal,
): Promise<[end: RunEnd | undefined, lastSeq: number]> {
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  const both = [watch(parts, stopping, within), ship(parts.logs, stopping.entry.spec, within)] as const;
  try {
    return await Promise.all(both);
  } finally {
    over.abort();
    await Promise.allSettled(both);
  }
}

/** Starts or adopts the run. Gives what is wrong with the configuration instead, when the agent phase needs it still. */
async function start(
  parts: AttemptParts,
  entry: JournalEntry,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { request, problem } = await parts.prepare(entry);
  if (problem !== undefined && (await isBeforeAgent(parts.executor, entry, signal))) return problem;
  await parts.executor.start(request);
  return undefined;
}

async function isBeforeAgent(executor: Executor, ref: AttemptRef, signal: AbortSignal): Promise<boolean> {
  for await (const state of executor.observe(ref, signal)) {
    return state.kind === 'absent' || (state.kind === 'running' && state.phase === 'checkout');
  }
  return false;
}

/** Ships the log to its end and gives the last chunk's number. */
async function ship(logs: RunLogs, spec: RunSpec, signal: AbortSignal): Promise<number> {
  const shipped = await logs.ship(spec, signal);
  if (shipped.kind === 'superseded') throw new AttemptLost('the server takes no more lines');
  return shipped.lastSeq;
}

/** Follows a run to its end: tells its phases, and gets it its permit. */
async function watch(
  parts: AttemptParts,
  stopping: Stopping,
  signal: AbortSignal,
): Promise<RunEnd | undefined> {
  const tellRunning = createTeller(parts, stopping.entry, signal);
  for await (const state of parts.executor.observe(stopping.entry, signal)) {
    switch (state.kind) {
      case 'running':
        await tellRunning(state);
        break;
      case 'waiting':
        await permit(parts, { stopping, usage: state.usage }, signal);
        break;
      case 'absent':
        return undefined;
      case 'ended':
        return state;
      default:
        state satisfies never;
    }
  }
  signal.throwIfAborted();
  return undefined;
}

type RunningState = RunState & { readonly kind: 'running' };
type RunEnd = RunState & { readonly kind: 'ended' };

/** Tells a run's phases and why they do not begin, and between them what it has used. */
function createTeller(
  parts: AttemptParts,
  entry: JournalEntry,
  signal: AbortSignal,
): (state: RunningState) => Promise<void> {
  let told: { readonly phase?: Phase; readonly waiting?: string | undefined } = {};
  let toldAtMs = 0;
  return async (state) => {
    const { usage } = state;
    const waiting = state.waiting ?? retryTold(state, entry.spec.logLevel);
    const isPublish = state.phase === 'publish';
    // To tell publish is to ask for a permit, which comes when it waits for one, and clears what held it up.
    const phase = isPublish ? 'agent' : state.phase;
    const isNews = isPublish
      ? waiting !== undefined && waiting !== told.waiting
      : waiting !== told.waiting || phase !== told.phase;
    const isDue = !isPublish && uptimeMs() - toldAtMs >= usageAgainMs;
    if (!isNews && !isDue) return;
    await tellPhase(parts, { entry, phase, waiting, usage }, signal);
    told = { phase, waiting };
    toldAtMs = uptimeMs();
  };
}

/**
 * What the server is told of what checkout tries again: words of the run, where its words leave. Publish has a permit by
 * then, and what it does is short.
 */
function retryTold({ phase, retrying }: RunningState, level: LogLevel): string | undefined {
  if (phase !== 'checkout' || retrying === undefined) return undefined;
  return level === 'states' ? 'checkout failed, and is tried again' : retrying;
}

/** What the server is told of a run that goes on. */
interface Progressing {
  readonly entry: JournalEntry;
  readonly phase: Phase;
  readonly waiting?: string | undefined;
  readonly usage?: Usage | undefined;
}

async function tellPhase(
  { client, logs, logger, meters }: AttemptParts,
  { entry, phase, waiting, usage }: Progressing,
  signal: AbortSignal,
): Promise<ProgressAnswer> {
  const { taskId, attempt } = entry;
  if (usage) meters.usageInHand(entry, usage);
  const why = waiting === undefined ? {} : { waiting: await logs.maskWords(waiting) };
  const body = { attempt, phase, ...why, ...(usage && { usage }) };
  const tell = async (): Promise<ProgressAnswer> =>
    client.ask('reportProgress', { params: { id: taskId }, body, signal });
  try {
    return await persist({ call: 'report progress', logger }, tell, signal);
  } catch (error) {
    if (error instanceof ApiError) throw new AttemptLost(error.message, { cause: error });
    throw error;
  }
}

/** Asks until the server lets the run publish, or the run is to be stopped. */
async function permit(
  parts: AttemptParts,
  { stopping, usage }: { readonly stopping: Stopping; readonly usage: Usage | undefined },
  signal: AbortSignal,
): Promise<void> {
  const progress = { entry: stopping.entry, phase: 'publish', usage } as const;
  while (!stopping.entry.stop) {
    // Counted from before the question, so that it never lasts longer than the server holds the attempt for it.
    const askedAtMs = uptimeMs();
    const { publishSeconds } = await tellPhase(parts, progress, signal);
    if (publishSeconds !== undefined) {
      return parts.executor.permit(stopping.entry, publishSeconds * 1_000 - (uptimeMs() - askedAtMs));
    }
    await pause(permitAgainMs, AbortSignal.any([signal, stopping.wished]));
  }
}
