import type { Reason, RunSpec, StreamLetter, Usage } from '@verve/contract';

import type { DriverEvent } from './driver-event.ts';

/** What a driver may know of a run. */
interface DriverRun {
  readonly spec: RunSpec;
  /** `task.json`, which the program may read. */
  readonly taskFile: string;
  /** The program's HOME. */
  readonly home: string;
  /** A folder for the run's own files, neither below HOME nor in the tree. */
  readonly scratch: string;
}

/** A file that is there before the program starts. */
export interface LaidOutFile {
  readonly below: 'home' | 'scratch';
  /** Relative, without `..`. */
  readonly path: string;
  readonly content: string;
  /** Absent: 0600. */
  readonly mode?: number;
}

/** How the runner starts a coding agent's program. It runs in the tree. */
export interface Preparation {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly [string, ...string[]];
  /** Added to the phase's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly files?: readonly LaidOutFile[];
  /** The program's input; undefined: none. */
  readonly stdin?: string;
  /**
   * Whether the program is offered an events file. Once it has written there, that alone tells its words, and its
   * output is like a tool's: it is not parsed.
   */
  readonly hasEventsFile?: boolean;
}

/** How the program ended: an exit code, a signal, or it could not be started. */
export type ProgramExit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'notStarted'; readonly message: string };

/** What the run's end means. Absent reason: the agent did its work, whether or not it changed anything. */
export interface Verdict {
  readonly reason?: Reason;
  /** For a person; there whenever a reason is. Without words of the agent. */
  readonly message?: string;
  /** The agent's last words, which follow the message where the log may tell them. */
  readonly words?: string;
  readonly usage?: Usage;
  /** What was done, in Markdown. It goes into the pull request and nowhere else. */
  readonly summary?: string;
  /** When a model host said to come back later. */
  readonly retryAfterSeconds?: number;
}

/**
 * Knows one coding agent's command line, events and ends. Pure: no I/O, no clock, no state between calls, so calls
 * may come in any order and any number. The runner alone starts, feeds, limits and stops the program. It is handed the
 * model host's address and key by the environment, and never asks whose they are.
 */
export interface Driver {
  /** Throws PhaseFailed (`ConfigInvalid`) when the run's agent entry lacks what this driver needs. */
  prepare(run: DriverRun): Preparation;
  /**
   * The events of one line of output, without its line break. A line without events is raw: it is told at the log level
   * `full` alone. A driver whose program has no events makes each line a `text`.
   */
  parse(line: string, stream: StreamLetter): readonly DriverEvent[];
  /**
   * `events` are those of the program, oldest first, of which the runner keeps a bounded number: the last words and
   * tools, and the last of all others.
   */
  classify(exit: ProgramExit, events: readonly DriverEvent[]): Verdict;
}
