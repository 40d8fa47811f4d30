import type { ModelHost, Reason, RunSpec, StreamLetter } from '@verve/contract';

import type { DriverEvent, ProgramEvent } from './driver-event.ts';

/** What a driver may know of a run. */
export interface DriverRun {
  readonly spec: Pick<RunSpec, 'agent' | 'taskId' | 'description'>;
  /** What the agent is told; by standard input or by a file, since it may be longer than arguments may. */
  readonly prompt: string;
  /** The key of the model host; undefined where the configuration names none. Never in `argv`, nor in the tree. */
  readonly modelKey: string | undefined;
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
  /** 0600 where absent. */
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
  /** What was done, in Markdown. It goes into the pull request and nowhere else. */
  readonly summary?: string;
  /** When a model host said to come back later. */
  readonly retryAfterSeconds?: number;
}

/** A program that has to be there, by its name on the PATH. */
export interface RequiredProgram {
  readonly name: string;
  /** What makes it print its version. */
  readonly versionArguments: readonly string[];
  /** The oldest version that is known to do what the driver expects, as `1.2.3`. */
  readonly oldest: string;
}

/** How a model host is asked whether it takes a key: a GET without a body, which costs nothing. */
export interface ModelCheck {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is left of a program that has ended. */
export interface ProgramEnd {
  readonly exit: ProgramExit;
  /**
   * The events of the program, oldest first, of which the runner keeps a bounded number: the last words and tools, and
   * the last of all others.
   */
  readonly events: readonly DriverEvent[];
  /** The last lines of its output that were no events, oldest first: where a program that crashes says why. */
  readonly lastLines: readonly string[];
}

/**
 * Knows one coding agent's command line, events and ends. Pure: no I/O, no clock, no state between calls, so calls
 * may come in any order and any number. The runner alone starts, feeds, limits and stops the program. It is handed the
 * model host's address and key by the environment, and never asks whose they are.
 */
export interface Driver {
  /** Asked for its version before the run; absent: nothing is. */
  readonly program?: RequiredProgram;
  /** Throws PhaseFailed (`ConfigInvalid`) when the run's agent entry lacks what this driver needs. */
  prepare(run: DriverRun): Preparation;
  /**
   * What one line of output means, without its line break; of a program with events in JSON, a line is at most
   * `Bounds.eventLineBytes` long. Empty: an event that tells nothing. Undefined: no event but raw output, which is told
   * at the log level `full` alone. A driver whose program has no events makes each line a `text`.
   */
  parse(line: string, stream: StreamLetter): readonly ProgramEvent[] | undefined;
  classify(end: ProgramEnd): Verdict;
  /** How the model host is asked about the key; absent, or undefined: it cannot be. */
  modelCheck?(host: ModelHost, key: string | undefined): ModelCheck | undefined;
}
