import type { AttemptRef } from '@verve/contract';

import type { TaskRecord, WorkerRecord } from '../storage/records.ts';

/** What a worker asks for. */
export interface PollRequest {
  readonly worker: WorkerRecord;
  /** That of the dispatcher before the worker was looked up, so that a pause since then is not missed. */
  readonly workersVersion: number;
  readonly slots: number;
  readonly waitMs: number;
}

/** What a poll hands out; at least one of the two is not empty. */
export interface PollResult {
  readonly claims: readonly TaskRecord[];
  readonly cancels: readonly AttemptRef[];
}

/** Told once that a poll is over, with the claims that it had been given and, because of an abort, can hand to nobody. */
type OnOver = (poll: HeldPoll, undelivered: readonly TaskRecord[]) => void;

/**
 * A poll that waits until it has something, its time is over, or its signal, not aborted yet, aborts. There are thousands of
 * them, most of which get nothing: it keeps no more of its request than it needs.
 */
export class HeldPoll {
  readonly workerId: string;
  isPaused: boolean;
  /** Resolves once with what there was; undefined when there was nothing or nobody to hand it to. */
  readonly result: Promise<PollResult | undefined>;

  readonly #slots: number;
  readonly #onOver: OnOver;
  readonly #signal: AbortSignal;
  readonly #resolve: (result: PollResult | undefined) => void;
  readonly #timer: NodeJS.Timeout;
  #claims: TaskRecord[] | undefined;
  #cancels: AttemptRef[] | undefined;
  #holds = 0;
  #isDue = false;
  #isOver = false;

  constructor({ worker, slots, waitMs }: PollRequest, onOver: OnOver, signal: AbortSignal) {
    this.workerId = worker.id;
    this.isPaused = worker.paused;
    const { promise, resolve } = Promise.withResolvers<PollResult | undefined>();
    this.result = promise;
    this.#slots = slots;
    this.#onOver = onOver;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#timer = setTimeout(HeldPoll.#expire, waitMs, this);
    signal.addEventListener('abort', this, { once: true });
  }

  /** Claims that it still takes. */
  get freeSlots(): number {
    return this.#slots - (this.#claims?.length ?? 0);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Keeps the poll from ending while a statement that may bring it something is under way; each call is matched by
   * one of `release`. The end of its time and what it was given wait for the last release; an abort does not.
   */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    this.#settle();
  }

  /** False: it is over, or has no room; the caller keeps the claim. */
  giveClaim(task: TaskRecord): boolean {
    if (this.#isOver || this.freeSlots <= 0) return false;
    (this.#claims ??= []).push(task);
    return true;
  }

  giveCancel(cancel: AttemptRef): void {
    (this.#cancels ??= []).push(cancel);
  }

  /** Ends it now, with what it was given. */
  end(): void {
    const isEmpty = !this.#claims && !this.#cancels;
    this.#finish(isEmpty ? undefined : { claims: this.#claims ?? [], cancels: this.#cancels ?? [] });
  }

  /** The signal aborts: there is nobody any more to hand anything to. */
  handleEvent(): void {
    this.#finish(undefined);
  }

  static readonly #expire = (poll: HeldPoll): void => {
    poll.#isDue = true;
    poll.#settle();
  };

  #settle(): void {
    if (this.#holds > 0) return;
    if (this.#isDue || this.#claims || this.#cancels) this.end();
  }

  #finish(result: PollResult | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this);
    this.#onOver(this, result === undefined ? (this.#claims ?? []) : []);
    this.#resolve(result);
  }
}
