import type { AttemptRef } from '@verve/contract';

import type { TaskRecord, WorkerRecord } from '../storage/records.ts';

/** What a worker asks for. */
export interface PollRequest {
  readonly worker: WorkerRecord;
  readonly slots: number;
  readonly waitMs: number;
}

/** What a poll hands out; at least one of the two is not empty. */
export interface PollResult {
  readonly claims: readonly TaskRecord[];
  readonly cancels: readonly AttemptRef[];
}

/** A poll that waits for something to hand out. */
export interface HeldPoll {
  readonly workerId: string;
  /** Claims that it still takes. */
  readonly freeSlots: number;
  isPaused: boolean;
  readonly isOver: boolean;
  /** Resolves once with what there was; undefined when there was nothing or nobody to hand it to. */
  readonly result: Promise<PollResult | undefined>;
  /**
   * Keeps the poll from ending while a statement that may bring it something is under way; each call is matched by
   * one of `release`. The end of its time and what it was given wait for the last release; an abort does not.
   */
  hold(): void;
  release(): void;
  /** False: it is over, or has no room; the caller keeps the claim. */
  giveClaim(task: TaskRecord): boolean;
  giveCancel(cancel: AttemptRef): void;
  /** Ends it now, with what it was given. */
  end(): void;
}

/**
 * Holds a poll until it has something, its time is over, or the signal, not aborted yet, aborts. `onOver` is called once, with the
 * claims that it had been given and, because of an abort, can hand to nobody.
 */
export function holdPoll(
  request: PollRequest,
  onOver: (poll: HeldPoll, undelivered: readonly TaskRecord[]) => void,
  signal: AbortSignal,
): HeldPoll {
  const { promise, resolve } = Promise.withResolvers<PollResult | undefined>();
  const claims: TaskRecord[] = [];
  const cancels: AttemptRef[] = [];
  let holds = 0;
  let isDue = false;
  let isOver = false;

  const timer = setTimeout(() => {
    isDue = true;
    settle();
  }, request.waitMs);
  signal.addEventListener('abort', abort, { once: true });

  function finish(result: PollResult | undefined): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    onOver(poll, result === undefined ? claims : []);
    resolve(result);
  }

  function end(): void {
    finish(claims.length + cancels.length > 0 ? { claims, cancels } : undefined);
  }

  function abort(): void {
    finish(undefined);
  }

  function settle(): void {
    if (holds === 0 && (isDue || claims.length + cancels.length > 0)) end();
  }

  const poll: HeldPoll = {
    workerId: request.worker.id,
    isPaused: request.worker.paused,
    result: promise,
    get freeSlots() {
      return request.slots - claims.length;
    },
    get isOver() {
      return isOver;
    },
    hold: () => {
      holds += 1;
    },
    release: () => {
      holds -= 1;
      settle();
    },
    giveClaim: (task) => {
      if (isOver || claims.length >= request.slots) return false;
      claims.push(task);
      return true;
    },
    giveCancel: (cancel) => {
      cancels.push(cancel);
    },
    end,
  };
  return poll;
}
