import type { Logger } from 'pino';

import { coalesced } from '../coalesced.ts';
import type { Meters } from '../meters.ts';
import { createOutageLog } from '../outage.ts';
import type { HintTopic } from '../storage/hints.ts';
import type { Storage } from '../storage/storage.ts';

/** Reads for many readers at once. */
export interface SharedReads<R, T> extends AsyncDisposable {
  /**
   * What comes for a reader, until the signal aborts or the reads are stopped; then it ends. The next read for a
   * reader begins only when the one before was consumed, so a slow one holds up nobody and piles up nothing.
   */
  follow(reader: R, signal: AbortSignal): AsyncGenerator<T, void>;
}

/** What shared reads are made of. */
export interface SharedReadsParts<R, T> {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly meters: Meters;
  readonly component: string;
  /** Hints after which something may have come. */
  readonly topics: readonly HintTopic[];
  /**
   * Reads for all of these readers and moves each on. The answer is parallel: what came; undefined when nothing did;
   * or the error that ends this reader. What it throws is taken for an outage and it is called again later; it must
   * then have moved no reader on.
   */
  read(readers: readonly R[]): Promise<readonly (T | Error | undefined)[]>;
  /** More is there already for this reader, so it is not to wait for a hint. */
  hasMore(reader: R): boolean;
}

/** Without hints, what came is found within this. */
const tickMs = 1_000;
/** Hints that come closer together than this are answered by one read. */
const gapMs = 25;

/** A reader that waits. */
interface Waiting<T> {
  resolve(value: T | undefined): void;
  reject(error: Error): void;
}

/** Makes shared reads; nothing is read while nobody waits. */
export function createSharedReads<R, T>(parts: SharedReadsParts<R, T>): SharedReads<R, T> {
  const outage = createOutageLog(parts.logger, parts.meters, parts.component);
  const waiting = new Map<R, Waiting<T>>();
  /** Counts hints, so that a reader knows whether one came while it was away. */
  let hints = 0;
  const seenHints = new Map<R, number>();
  const stop = new AbortController();
  let ticking: NodeJS.Timeout | undefined;

  const work = coalesced(async () => {
    const readers = [...waiting.keys()];
    if (readers.length === 0) return;
    for (const reader of readers) seenHints.set(reader, hints);
    await serve(readers);
    // Who catches up goes on at once; everybody else may as well wait for the next few hints.
    if (!readers.some((reader) => parts.hasMore(reader))) await pause(gapMs, stop.signal);
  });
  const unsubscribe = parts.topics.map((topic) =>
    parts.storage.hints.subscribe(topic, () => {
      hints += 1;
      if (waiting.size > 0) work.trigger();
    }),
  );

  async function serve(readers: readonly R[]): Promise<void> {
    try {
      const results = await parts.read(readers);
      outage.recovered();
      for (const [index, reader] of readers.entries()) settle(reader, results[index]);
    } catch (error) {
      outage.failed(error);
    }
  }

  function settle(reader: R, result: T | Error | undefined): void {
    if (result === undefined) return;
    const waiter = waiting.get(reader);
    waiting.delete(reader);
    if (result instanceof Error) waiter?.reject(result);
    else waiter?.resolve(result);
  }

  function next(reader: R, signal: AbortSignal): Promise<T | undefined> {
    if (signal.aborted || stop.signal.aborted) return Promise.resolve(undefined);
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const leave = (): void => {
      waiting.delete(reader);
      resolve(undefined);
    };
    signal.addEventListener('abort', leave, { once: true });
    waiting.set(reader, { resolve, reject });
    ticking ??= setInterval(tick, tickMs);
    if (seenHints.get(reader) !== hints || parts.hasMore(reader)) work.trigger();
    return promise.finally(() => signal.removeEventListener('abort', leave));
  }

  function tick(): void {
    if (waiting.size > 0) return work.trigger();
    clearInterval(ticking);
    ticking = undefined;
  }

  return {
    async *follow(reader, signal) {
      try {
        let value = await next(reader, signal);
        while (value !== undefined) {
          yield value;
          value = await next(reader, signal);
        }
      } finally {
        waiting.delete(reader);
        seenHints.delete(reader);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const off of unsubscribe) off();
      clearInterval(ticking);
      stop.abort();
      for (const waiter of waiting.values()) waiter.resolve(undefined);
      waiting.clear();
      await work.idle();
    },
  };
}

/** Resolves after so long, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(done, ms);
  signal.addEventListener('abort', done, { once: true });
  function done(): void {
    clearTimeout(timer);
    signal.removeEventListener('abort', done);
    resolve();
  }
  return promise;
}
