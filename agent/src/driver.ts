import type { Reason, RunSpec, StreamLetter, Usage } from '@verve/contract';

/** What a driver may know of a run. */
interface DriverRun {
  readonly spec: RunSpec;
  /** `task.json`, which the program may read. */
  readonly taskFile: string;
}

/** How the runner starts a coding agent's program. It runs in the tree. */
export interface Preparation {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly [string, ...string[]];
  /** Added to the phase's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The program's input; undefined: none. */
  readonly stdin?: string;
}

/** What a line of the program's output means. */
export type DriverEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly usage: Usage };

/** How the program ended: an exit code, a signal, or it could not be started. */
export type ProgramExit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'notStarted'; readonly message: string };

/** What the run's end means. Absent reason: the agent did its work, whether or not it changed anything. */
interface Verdict {
  readonly reason?: Reason;
  /** For a person; there whenever a reason is. */
  readonly message?: string;
  readonly usage?: Usage;
  /** When a model host said to come back later. */
  readonly retryAfterSeconds?: number;
}

/**
 * Knows one coding agent's command line, events and ends. Pure: no I/O, no clock, no state between calls, so calls
 * may come in any order and any number. The runner alone starts, feeds, limits and stops the program.
 */
export interface Driver {
  /** Throws PhaseFailed (`ConfigInvalid`) when the run's agent entry lacks what this driver needs. */
  prepare(run: DriverRun): Preparation;
  /** The events of one line of output, without its line break; empty when the line tells nothing. */
  parse(line: string, stream: StreamLetter): readonly DriverEvent[];
  /** `events` are the last of the program, oldest first; the runner keeps a bounded number. */
  classify(exit: ProgramExit, events: readonly DriverEvent[]): Verdict;
}
