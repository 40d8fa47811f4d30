import { coalesced } from '../coalesced.ts';
import { createOutageLog } from '../outage.ts';
import type { TaskRecord } from '../storage/records.ts';
import { createCancelTeller } from './cancel-teller.ts';
import { createClaimClasses } from './claim-classes.ts';
import { createClaimer, type ClaimerParts } from './claimer.ts';
import { HeldPoll, type PollRequest, type PollResult } from './held-poll.ts';

/** Holds the polls of workers and hands them claims and cancellations. */
export interface Dispatcher extends AsyncDisposable {
  /**
   * Resolves with what there is for the worker, at the latest after `waitMs`; undefined: nothing came, the signal
   * aborted, or the server stops. Looks at the database once on arrival and then only when something may have come.
   * Does not fail when the database is away: the poll is held meanwhile.
   */
  poll(request: PollRequest, signal: AbortSignal): Promise<PollResult | undefined>;
  /** Makes claims pending again that could not be handed to their worker. Does not throw: what fails here is taken back when it is not acknowledged. */
  giveBack(claims: readonly TaskRecord[]): Promise<void>;
  /**
   * Looks for cancellations again and, unless it is known that none are there, for tasks; for when hints were lost.
   * Without pending tasks it costs one statement, however many kinds of workers wait.
   */
  wake(hasPending?: boolean): void;
  /** Rises whenever a worker may have been paused or resumed. */
  readonly workersVersion: number;
  /** Polls that are held now. */
  readonly heldPolls: number;
}

/** Makes a dispatcher; one in each server process. Stopping it ends all polls with what they have. */
export function createDispatcher(parts: ClaimerParts): Dispatcher {
  const { storage, meters } = parts;
  const logger = parts.logger.child({ component: 'dispatcher' });
  const outage = createOutageLog(logger, meters, 'dispatcher');
  const claimer = createClaimer({ ...parts, logger }, outage);
  const polls = new Set<HeldPoll>();
  const cancels = createCancelTeller(storage.queue, outage);
  const pauses = coalesced(readPauses);
  const classes = createClaimClasses(claimer, () => pauses.idle());
  /** Claims on their way back, which a stop waits for. */
  const returning = new Set<Promise<void>>();
  let workersVersion = 0;
  let isStopped = false;

  const unsubscribe = [
    storage.hints.subscribe('queue', () => classes.trigger()),
    storage.hints.subscribe('cancels', () => cancels.trigger()),
    storage.hints.subscribe('workers', () => {
      workersVersion += 1;
      if (polls.size > 0) pauses.trigger();
    }),
  ];

  async function giveBack(claims: readonly TaskRecord[]): Promise<void> {
    const work = claimer.giveBack(claims);
    returning.add(work);
    await work;
    returning.delete(work);
  }

  /** A pause counts for polls that are held already. */
  async function readPauses(): Promise<void> {
    try {
      const workers = await storage.workers.list();
      const paused = new Set(workers.filter((worker) => worker.paused).map((worker) => worker.id));
      for (const poll of polls) poll.isPaused = paused.has(poll.workerId);
      outage.recovered();
    } catch (error) {
      outage.failed(error);
    }
    classes.trigger();
  }

  return {
    poll: (request, signal) => {
      if (signal.aborted || isStopped) return Promise.resolve(undefined);
      const ofClass = classes.of(request.worker);
      const poll = new HeldPoll(
        request,
        (over, undelivered) => {
          polls.delete(over);
          classes.leave(ofClass, over);
          cancels.remove(over);
          meters.heldPolls(polls.size);
          if (undelivered.length > 0) void giveBack(undelivered);
        },
        signal,
      );
      polls.add(poll);
      meters.heldPolls(polls.size);
      cancels.add(poll);
      // Before a claim is thought of, which waits for it.
      if (request.workersVersion !== workersVersion) pauses.trigger();
      if (request.slots > 0) ofClass.add(poll);
      return poll.result;
    },
    giveBack,
    wake: (hasPending = true) => {
      if (hasPending) classes.trigger();
      cancels.trigger();
    },
    get workersVersion() {
      return workersVersion;
    },
    get heldPolls() {
      return polls.size;
    },
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      for (const stop of unsubscribe) stop();
      for (const poll of polls) poll.end();
      await Promise.all([pauses.idle(), cancels.idle(), classes.idle()]);
      await Promise.all(returning);
    },
  };
}
