import { attemptRef, outcome, runSpec, type AttemptRef } from '@verve/contract';
import { z } from 'zod';

/** What the worker has to remember of an attempt to see it through after a restart. */
export const journalEntry = attemptRef.extend({
  /** Of an entry that is read again the description may be empty: the run has it, and nothing else needs it by then. */
  spec: runSpec,
  /** When the attempt was claimed, ms since 1970: its wall clock runs from here. */
  claimedAtMs: z.number(),
  /** The attempt is stopped when it has taken this long. */
  timeoutSeconds: z.number(),
  /** Set before the run is stopped, so that a restart goes on stopping it for the same cause. */
  stop: z
    .object({
      reason: z.enum(['Canceled', 'TimedOut', 'Disrupted', 'ConfigInvalid']),
      message: z.string(),
    })
    .optional(),
  /** Set once the run has ended and its log is with the server: all that is left is to tell the server. */
  outcome: outcome.optional(),
});
export type JournalEntry = z.infer<typeof journalEntry>;

/** An attempt that nobody wants any more, since somebody took its entry away. */
export interface Withdrawal extends AttemptRef {
  /** For people: how. */
  readonly why: string;
}

/**
 * The worker's own durable record of its attempts. An entry is written before the run is started and removed after the
 * server has taken the outcome. One process at a time writes it. Calls may overlap; those for one attempt take effect
 * in the order in which they were made.
 */
export interface Journal {
  /**
   * Every entry, in no order. One that cannot be read is left where it is, logged and not given; one that was withdrawn
   * while no worker ran is to be stopped.
   */
  list(): Promise<readonly JournalEntry[]>;
  /** Writes an entry whole or not at all; durable when it resolves. Replaces the one before. */
  put(entry: JournalEntry): Promise<void>;
  /** Forgets an entry; of one that is not there: nothing. */
  remove(ref: AttemptRef): Promise<void>;
  /**
   * What is withdrawn by others from now on, and what has been; each maybe more than once, also after its outcome. An
   * entry stays until it is removed all the same. Ends with the signal, without an error.
   */
  withdrawn(signal: AbortSignal): AsyncIterable<Withdrawal>;
}
