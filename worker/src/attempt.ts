import type { AttemptRef } from '@verve/contract';

import { AttemptLost, type AttemptParts } from './attempt-parts.ts';
import { complete } from './completion.ts';
import { RunRefused } from './executor.ts';
import { TokenDelayed } from './forge-tokens.ts';
import { insist } from './insist.ts';
import type { JournalEntry } from './journal.ts';
import { outcomeOf } from './outcome.ts';
import { run } from './run.ts';
import { createStopping, type Stopping } from './stopping.ts';

/** Failures in a row after which the run is stopped, and after which it is given back even if it cannot be stopped. */
const failuresUntil = { stopped: 6, givenBack: 30 };

/** An attempt in this process's hand. */
interface InHand {
  readonly ref: AttemptRef;
  readonly stopping: Stopping;
  /** Aborted once the server no longer holds the attempt for this worker. */
  readonly lost: AbortController;
  /** The server has its outcome, or wants none. */
  isOver: boolean;
}

/**
 * Sees one attempt through, from the journal's entry to the server's word that it took the outcome; the same for a
 * new claim and for one that an earlier process began, and whatever trouble there is on this side. On the signal it
 * leaves everything as it is, for the next process to go on with, and resolves.
 */
export async function seeThrough(
  given: AttemptParts,
  begun: JournalEntry,
  signal: AbortSignal,
): Promise<void> {
  const ref: AttemptRef = { taskId: begun.taskId, attempt: begun.attempt };
  const parts = { ...given, logger: given.logger.child(ref) };
  const lost = new AbortController();
  const stopping = createStopping(parts, begun, AbortSignal.any([signal, lost.signal]));
  const attempt: InHand = { ref, stopping, lost, isOver: false };
  parts.keeper.hold({
    ref,
    lost: () => lost.abort(new AttemptLost('the server gave the attempt up')),
    cancel: (message) => stopping.stop({ reason: 'Canceled', message }),
  });

  function troubled(failures: number, error: unknown): void {
    parts.meters.attemptInTrouble();
    if (failures === failuresUntil.stopped) stopping.stop(causeBy(error));
    if (failures === failuresUntil.givenBack) void giveBack(stopping);
  }

  try {
    const { troubleMs: pauseMs, logger } = parts;
    const insisting = { step: 'see the attempt through', pauseMs, logger, troubled };
    await insist(insisting, async () => carryOn(parts, attempt, signal), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await stopping.settle();
    parts.keeper.release(ref);
  }
}

const disrupted = {
  reason: 'Disrupted',
  message: 'the worker could not run it; its own log says why',
} as const;

/** Most trouble is the worker's own. A run that is refused says why, and so does a forge that gives no token. */
function causeBy(error: unknown): NonNullable<JournalEntry['stop']> {
  if (error instanceof RunRefused) return { reason: error.reason, message: error.message };
  if (!(error instanceof TokenDelayed)) return disrupted;
  return { reason: 'Disrupted', message: `the forge gave no token for a while: ${error.message}` };
}

/** The run is out of reach. It may be alive, but has no leave to publish for long. */
async function giveBack(stopping: Stopping): Promise<void> {
  const { attempt, stop = disrupted, spec, outcome } = stopping.entry;
  if (outcome) return;
  const { branch, logLevel: level } = spec;
  await stopping.end(outcomeOf({ attempt, left: undefined, stop, lastSeq: 0, branch, level }));
}

/** Goes on from wherever the attempt is, to its end. */
async function carryOn(parts: AttemptParts, attempt: InHand, signal: AbortSignal): Promise<void> {
  if (!attempt.isOver) await bringToEnd(parts, attempt, signal);
  attempt.isOver = true;
  await forget(parts, attempt.ref);
}

async function bringToEnd(
  parts: AttemptParts,
  { ref, stopping, lost }: InHand,
  signal: AbortSignal,
): Promise<void> {
  const { client, logger, meters } = parts;
  const either = AbortSignal.any([signal, lost.signal]);
  try {
    const outcome = stopping.entry.outcome ?? (await run(parts, stopping, either));
    // Not ended by a loss: whether the server still wants the outcome, it says in its answer.
    await complete({ client, logger }, { taskId: ref.taskId, outcome }, signal);
    const { status, reason, message } = outcome;
    logger.info({ status, reason, message }, 'attempt ended');
    meters.attemptEnded(stopping.entry, outcome);
  } catch (error) {
    if (signal.aborted || !(lost.signal.aborted || error instanceof AttemptLost)) throw error;
    lost.abort(error);
    logger.warn({ why: String(lost.signal.reason) }, 'attempt lost; its run is stopped');
    meters.attemptLost(stopping.entry);
  }
  await stopping.settle();
}

/** Nothing of the attempt stays, neither its run nor its entry; of a run that is over, files that cannot be removed. */
async function forget(parts: AttemptParts, ref: AttemptRef): Promise<void> {
  const { executor, logs, forgeTokens, journal, logger } = parts;
  await executor.stop(ref);
  try {
    await executor.remove(ref);
  } catch (error) {
    logger.error({ err: error }, 'what is left of a run cannot be removed; the next start tries again');
  }
  await logs.remove(ref);
  await forgeTokens.release(ref);
  await journal.remove(ref);
}
