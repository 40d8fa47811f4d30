import {
  ApiError,
  type AttemptRef,
  type Client,
  type Outcome,
  type Phase,
  type PhaseOutcome,
  type ProgressAnswer,
  type RunSpec,
} from '@verve/contract';
import type { Logger } from 'pino';

import { complete } from './completion.ts';
import type { Executor } from './executor.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { RunLogs } from './logs/run-logs.ts';
import type { Meters } from './meters.ts';
import { outcomeOf } from './outcome.ts';
import { pause } from './pause.ts';
import { persist } from './retry.ts';
import type { Preparation } from './run-preparation.ts';
import { uptimeMs } from './uptime.ts';

const permitAgainMs = 5_000;

/** What every attempt works with. */
export interface AttemptParts {
  readonly client: Client;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly keeper: LeaseKeeper;
  readonly logs: RunLogs;
  readonly meters: Meters;
  /** What the run is started with, by this worker's configuration. */
  prepare(entry: JournalEntry): Promise<Preparation>;
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** The server no longer holds the attempt for this worker. */
class AttemptLost extends Error {
  override readonly name = 'AttemptLost';
}

/**
 * Sees one attempt through, from the journal's entry to the server's word that it took the outcome; the same for a
 * new claim and for one that an earlier process began. On the signal it leaves everything as it is, for the next
 * process to go on with, and resolves.
 */
export async function seeThrough(
  parts: AttemptParts,
  begun: JournalEntry,
  signal: AbortSignal,
): Promise<void> {
  const ref: AttemptRef = { taskId: begun.taskId, attempt: begun.attempt };
  const logger = parts.logger.child(ref);
  const lost = new AbortController();
  const either = AbortSignal.any([signal, lost.signal]);
  const stopping = createStopping(parts, begun, either);
  parts.keeper.hold({
    ref,
    lost: () => lost.abort(new AttemptLost('the server gave the attempt up')),
    cancel: () => stopping.stop({ reason: 'Canceled', message: 'canceled by a person' }),
  });
  try {
    const outcome = begun.outcome ?? (await run({ ...parts, logger }, stopping, either));
    await complete({ client: parts.client, logger }, ref, outcome, either);
    logger.info({ status: outcome.status, reason: outcome.reason }, 'attempt ended');
    parts.meters.attemptEnded(outcome.status, outcome.reason);
    await forget(parts, ref);
  } catch (error) {
    if (signal.aborted) return;
    if (!lost.signal.aborted && !(error instanceof AttemptLost)) throw error;
    lost.abort(error);
    logger.warn('attempt lost; its run is stopped');
    parts.meters.attemptLost();
    await stopping.settle();
    await forget(parts, ref);
  } finally {
    await stopping.settle();
    parts.keeper.release(ref);
  }
}

/** Nothing of the attempt stays, neither its run nor its entry. */
async function forget({ executor, logs, journal }: AttemptParts, ref: AttemptRef): Promise<void> {
  await executor.stop(ref);
  await executor.remove(ref);
  await logs.remove(ref);
  await journal.remove(ref);
}

/** The wish to stop a run, which is remembered and carried out once. */
interface Stopping {
  /** The journal's entry as it stands. */
  readonly entry: JournalEntry;
  /** Aborted once a stop is wished. */
  readonly wished: AbortSignal;
  /** The first cause counts. */
  stop(cause: NonNullable<JournalEntry['stop']>): void;
  /** Resolves when what was wished is done; throws when it could not be. */
  settle(): Promise<void>;
  /** The attempt has its outcome; no wish counts any more. */
  end(outcome: Outcome): void;
}

function createStopping(parts: AttemptParts, begun: JournalEntry, signal: AbortSignal): Stopping {
  let entry = begun;
  let done: Promise<void> = Promise.resolve();
  const wish = new AbortController();

  async function carryOut(): Promise<void> {
    await parts.journal.put(entry);
    await parts.executor.stop(entry);
  }

  return {
    get entry() {
      return entry;
    },
    wished: wish.signal,
    stop(cause) {
      if (entry.stop || entry.outcome || signal.aborted) return;
      entry = { ...entry, stop: cause };
      wish.abort();
      // Awaited by settle; until then it must not count as unhandled.
      done = carryOut();
      done.catch(() => undefined);
    },
    settle: async () => done,
    end(outcome) {
      entry = { ...entry, outcome };
    },
  };
}

/** Runs the attempt to its outcome, which the journal then holds. */
async function run(parts: AttemptParts, stopping: Stopping, signal: AbortSignal): Promise<Outcome> {
  const { executor, journal, keeper, logs, now } = parts;
  const { attempt, spec, claimedAtMs, timeoutSeconds } = stopping.entry;
  await journal.put(stopping.entry);
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
    stopping.end(outcome);
    await journal.put(stopping.entry);
    return outcome;
  }
  // A stop may have been wished while there was no run yet, or by an earlier process.
  await stopping.settle();
  if (stopping.entry.stop) await executor.stop(spec);

  const message = `stopped after ${timeoutSeconds} s, the time that the task was given`;
  const clock = setTimeout(
    () => stopping.stop({ reason: 'TimedOut', message }),
    Math.max(0, claimedAtMs + timeoutSeconds * 1_000 - now()),
  );
  try {
    const [left, lastSeq] = await Promise.all([watch(parts, stopping, signal), ship(logs, spec, signal)]);
    await stopping.settle();
    signal.throwIfAborted();
    const { stop } = stopping.entry;
    const outcome = await logs.mask(outcomeOf({ attempt, left, stop, lastSeq, level: spec.logLevel }));
    stopping.end(outcome);
    await journal.put(stopping.entry);
    return outcome;
  } finally {
    clearTimeout(clock);
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
): Promise<PhaseOutcome | undefined> {
  for await (const state of parts.executor.observe(stopping.entry, signal)) {
    switch (state.kind) {
      case 'running':
        // To tell publish is to ask for a permit, which has happened by then.
        if (state.phase !== 'publish') await tellPhase(parts, stopping.entry, state.phase, signal);
        break;
      case 'waiting':
        await permit(parts, stopping, signal);
        break;
      case 'absent':
        return undefined;
      case 'ended':
        return state.outcome;
      default:
        state satisfies never;
    }
  }
  signal.throwIfAborted();
  return undefined;
}

async function tellPhase(
  { client, logger }: AttemptParts,
  { taskId, attempt }: AttemptRef,
  phase: Phase,
  signal: AbortSignal,
): Promise<ProgressAnswer> {
  const body = { attempt, phase };
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
async function permit(parts: AttemptParts, stopping: Stopping, signal: AbortSignal): Promise<void> {
  while (!stopping.entry.stop) {
    // Counted from before the question, so that it never lasts longer than the server holds the attempt for it.
    const askedAtMs = uptimeMs();
    const { publishSeconds } = await tellPhase(parts, stopping.entry, 'publish', signal);
    if (publishSeconds !== undefined) {
      return parts.executor.permit(stopping.entry, publishSeconds * 1_000 - (uptimeMs() - askedAtMs));
    }
    await pause(permitAgainMs, AbortSignal.any([signal, stopping.wished]));
  }
}
