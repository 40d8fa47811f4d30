import type { Outcome } from '@verve/contract';
import type { Logger } from 'pino';

import type { Executor } from './executor.ts';
import { insist } from './insist.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** What stopping a run takes. */
export interface StoppingParts {
  readonly executor: Pick<Executor, 'stop'>;
  readonly journal: Pick<Journal, 'put'>;
  /** Between two tries, ms. */
  readonly troubleMs: number;
  readonly logger: Logger;
}

/** An attempt's entry, and the wish to stop its run, which is remembered and carried out whatever that takes. */
export interface Stopping {
  /** The journal's entry as it stands. */
  readonly entry: JournalEntry;
  /** Aborted once a stop is wished. */
  readonly wished: AbortSignal;
  /** The first cause counts. */
  stop(cause: NonNullable<JournalEntry['stop']>): void;
  /** Resolves when what was wished is done, or need not be any more. */
  settle(): Promise<void>;
  /** The attempt has its outcome; no wish counts any more. Resolves when the journal has it, or cannot have it now. */
  end(outcome: Outcome): Promise<void>;
}

/** Begins with what the journal says. On the signal nothing more is carried out. */
export function createStopping(parts: StoppingParts, begun: JournalEntry, signal: AbortSignal): Stopping {
  const { executor, journal, troubleMs: pauseMs, logger } = parts;
  let entry = begun;
  let done: Promise<void> = Promise.resolve();
  const wish = new AbortController();
  const ended = new AbortController();

  /** It spares work after a crash, no more: a disk that is full keeps no run from its end. */
  async function note(): Promise<void> {
    try {
      await journal.put(entry);
    } catch (error) {
      logger.warn({ err: error }, 'the journal cannot be written; going on without');
    }
  }

  async function carryOut(): Promise<void> {
    await note();
    await executor.stop(entry);
  }

  return {
    get entry() {
      return entry;
    },
    wished: wish.signal,
    stop(cause) {
      if (entry.stop || entry.outcome || signal.aborted) return;
      entry = { ...entry, stop: cause };
      const either = AbortSignal.any([signal, ended.signal]);
      done = insist({ step: 'stop the run', pauseMs, logger }, carryOut, either).catch(() => undefined);
      wish.abort();
    },
    settle: async () => done,
    async end(outcome) {
      entry = { ...entry, outcome };
      ended.abort();
      await note();
    },
  };
}
