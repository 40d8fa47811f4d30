import { once } from 'node:events';

import type { Logger } from 'pino';

import type { RunLine } from '../executor.ts';

/** Where a spool keeps the lines that its disk does not take: one batch at a time. */
export interface SpoolMemory {
  /** Keeps lines until they are released, which it waits for. Throws the signal's reason. */
  put(lines: readonly RunLine[], problem: unknown, signal: AbortSignal): Promise<void>;
  /** The lines that are kept, once; undefined when there are none. */
  take(): readonly RunLine[] | undefined;
  /** So many of them are durable elsewhere. */
  release(lines: number): void;
  /** The disk takes lines. */
  spare(): void;
}

/** Keeps nothing at first. Tells of trouble when it begins and when it is over. */
export function createSpoolMemory(logger: Logger): SpoolMemory {
  let kept: { readonly lines: readonly RunLine[]; left: number; isTaken: boolean } | undefined;
  let empty = new AbortController();
  let isNeeded = false;

  return {
    async put(lines, problem, signal) {
      if (!isNeeded) logger.error({ err: problem }, 'the spool of the log cannot be written; its lines wait');
      isNeeded = true;
      kept = { lines, left: lines.length, isTaken: false };
      const either = AbortSignal.any([signal, empty.signal]);
      if (!either.aborted) await once(either, 'abort');
      signal.throwIfAborted();
    },
    take() {
      if (!kept || kept.isTaken) return undefined;
      kept.isTaken = true;
      return kept.lines;
    },
    release(lines) {
      if (!kept) return;
      kept.left -= lines;
      if (kept.left > 0) return;
      kept = undefined;
      empty.abort();
      empty = new AbortController();
    },
    spare() {
      if (isNeeded) logger.info('the spool of the log takes lines again');
      isNeeded = false;
    },
  };
}
