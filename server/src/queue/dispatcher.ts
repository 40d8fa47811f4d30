import { coalesced } from '../coalesced.ts';
import { createOutageLog } from '../outage.ts';
import type { Fit } from '../storage/queue-store.ts';
import type { TaskRecord, WorkerRecord } from '../storage/records.ts';
import { createCancelTeller } from './cancel-teller.ts';
import { createClaimClass, type ClaimClass } from './claim-class.ts';
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
  /** Polls that are held now. */
  readonly heldPolls: number;
}

/** Makes a dispatcher; one in each server process. Stopping it ends all polls with what they have. */
export function createDispatcher(parts: ClaimerParts): Dispatcher {
  const { storage, meters } = parts;
  const logger = parts.logger.child({ component: 'dispatcher' });
  const outage = createOutageLog(logger, meters, 'dispatcher');
  const claimer = createClaimer({ ...parts, logger }, outage);
  const classes = new Map<string, ClaimClass>();
  const polls = new Set<HeldPoll>();
  const cancels = createCancelTeller(storage.queue, outage);
  const pauses = coalesced(readPauses);
  /** Claims on their way back, which a stop waits for. */
  const returning = new Set<Promise<void>>();
  let isStopped = false;

  const unsubscribe = [
    storage.hints.subscribe('queue', wakeClasses),
    storage.hints.subscribe('cancels', () => cancels.trigger()),
    storage.hints.subscribe('workers', () => {
      if (polls.size > 0) pauses.trigger();
    }),
  ];

  function wakeClasses(): void {
    for (const each of classes.values()) each.trigger();
  }

  function classOf(key: string, worker: WorkerRecord): ClaimClass {
    const known = classes.get(key);
    if (known) return known;
    const made = createClaimClass(fitOf(worker), claimer, () => pauses.idle());
    classes.set(key, made);
    return made;
  }

  /** A class whose last poll has left may still have a claim under way, which a stop waits for. */
  async function dropWhenIdle(key: string, ofClass: ClaimClass): Promise<void> {
    await ofClass.idle();
    if (ofClass.size === 0 && classes.get(key) === ofClass) classes.delete(key);
  }

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
    wakeClasses();
  }

  return {
    poll: (request, signal) => {
      if (signal.aborted || isStopped) return Promise.resolve(undefined);
      const key = keyOf(request.worker);
      const ofClass = classOf(key, request.worker);
      const poll = new HeldPoll(
        request,
        (over, undelivered) => {
          polls.delete(over);
          ofClass.remove(over);
          if (ofClass.size === 0) void dropWhenIdle(key, ofClass);
          cancels.remove(over);
          meters.heldPolls(polls.size);
          if (undelivered.length > 0) void giveBack(undelivered);
        },
        signal,
      );
      polls.add(poll);
      meters.heldPolls(polls.size);
      cancels.add(poll);
      if (request.slots > 0) ofClass.add(poll);
      return poll.result;
    },
    giveBack,
    wake: (hasPending = true) => {
      if (hasPending) wakeClasses();
      cancels.trigger();
    },
    get heldPolls() {
      return polls.size;
    },
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      for (const stop of unsubscribe) stop();
      for (const poll of polls) poll.end();
      await Promise.all([pauses.idle(), cancels.idle(), ...[...classes.values()].map((each) => each.idle())]);
      await Promise.all(returning);
    },
  };
}

function fitOf({ projectId, labels, agents, repositories }: WorkerRecord): Fit {
  return { projectId, labels, agents, repositories };
}

/** Workers of equal fits share a class. */
function keyOf(worker: WorkerRecord): string {
  const labels = Object.entries(worker.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    worker.projectId,
    labels,
    worker.agents?.toSorted(),
    worker.repositories?.toSorted(),
  ]);
}
