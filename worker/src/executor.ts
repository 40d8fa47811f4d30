import type {
  AttemptRef,
  Phase,
  PhaseOutcome,
  RunAccess,
  RunSpec,
  StreamLetter,
  Usage,
} from '@verve/contract';

/** What a run is started with. The same for one attempt, always: a second start compares nothing and changes nothing. */
export interface RunRequest {
  readonly spec: RunSpec;
  /** Given to the agent phase alone, by the worker's configuration of the agent. */
  readonly agentEnvironment: Readonly<Record<string, string>>;
  /** Given to checkout and publish alone: how they reach the remote and the forge. */
  readonly access: RunAccess;
  /** Given to checkout and publish alone, for what `access` does not say: GIT_SSH_COMMAND and the like. */
  readonly gitEnvironment: Readonly<Record<string, string>>;
}

/**
 * Where a run is.
 * `running`: `usage` is what the agent has used so far, as `usage.json` in its folder tells it (docs/agent-image.md); an
 * executor that cannot look there leaves it out, and the outcome tells it at the end. `waiting` says in words why the phase
 * does not begin: no node, no image. `retrying` says of a run that is followed why checkout or publish try something
 * again, in the words of their log.
 * `absent`: never started, or removed. `waiting`: agent has ended well and publish has no permit; `usage` is what the
 * agent used in all, where it told.
 * `ended`: nothing of it is alive any more; `outcome` is what the last phase left, and undefined when that phase was
 * stopped or vanished before it left one. `usage` is what the agent told last, where the outcome does not say it.
 */
export type RunState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'running';
      readonly phase: Phase;
      readonly usage?: Usage;
      readonly waiting?: string;
      readonly retrying?: string;
    }
  | { readonly kind: 'waiting'; readonly phase: 'publish'; readonly usage?: Usage }
  | { readonly kind: 'ended'; readonly outcome: PhaseOutcome | undefined; readonly usage?: Usage };

/** One line of a run's log. */
export interface RunLine {
  readonly atMs: number;
  readonly stream: StreamLetter;
  readonly phase: Phase;
  readonly text: string;
  /** Handed to `follow`, goes on after this line. Opaque, at most `limits.cursorLength` characters. */
  readonly cursor: string;
}

/**
 * Starts, observes, follows and stops runs. A run is named by its attempt and there is one per attempt, ever.
 * `testing/executor-contract.ts` holds every adapter to what stands here.
 *
 * Order of calls: `start`, then in any order and any number `observe`, `follow`, `permit` and `stop`, and `remove`
 * last. All may be called again after a crash of the worker, by a new process, without anything between: what a run
 * is stands with the run, not in this object. One worker at a time sees to an installation's runs. A run that an earlier
 * worker began may need `start` again to go on, since somebody has to begin its next phase.
 *
 * Calls for different runs are independent. For one run, `observe` and `follow` may overlap each other and every other
 * call, and so may two calls of `start`, of `stop` or of `permit`. A `stop` that crosses a `start` may find nothing to
 * stop: who wants the run stopped calls it again once `start` has resolved. Errors are the executor's own trouble (a
 * full disk, an engine that is away) and leave the run as it was; the caller tries again.
 *
 * A run's phases are strangers to each other: none has what another was given, writes what another is judged by, or
 * leaves a process behind that another meets (`phase-outcome.ts` says what of an outcome may be believed).
 */
export interface Executor {
  /** As it is told to the server: `process`, `docker`, `kubernetes`. */
  readonly name: string;
  /**
   * Makes the run go. Again for a run that exists: adopts it and sees to its next phase, whatever state it is in;
   * resolves once the run would survive the worker's end. A phase that has begun never begins again: a run that was
   * stopped stays stopped, and one that vanished stays ended.
   */
  start(request: RunRequest): Promise<void>;
  /**
   * The state now and then each change, until `ended` or `absent`, which is the last: `absent` at once for a run that
   * was not started. A state that was over between two looks may be missing. `waiting` comes again when a permit ended
   * before publish began. Ends without a state, and without an error,
   * when the signal says so.
   */
  observe(ref: AttemptRef, signal: AbortSignal): AsyncIterable<RunState>;
  /**
   * The log's lines in order, in batches as they come, from the beginning or after a cursor; ends when the run has
   * ended and every line was given, at once for a run that is absent, and when the signal says so. Waits while there
   * are none. Reading slowly never slows the run. Each call reads for itself.
   */
  follow(ref: AttemptRef, cursor: string | undefined, signal: AbortSignal): AsyncIterable<readonly RunLine[]>;
  /**
   * Lets a waiting run publish for `forMs` from now, on a clock that nobody sets; publish is told by
   * `VERVE_PUBLISH_SECONDS` how much of that there was when it began. Then publish is killed, also when no
   * worker is there to see to it, and the run has ended with `PublishFailed`. Again: the later end counts, also while
   * publish runs. Before the run waits: it need not wait then. Not above zero: lets nothing begin. Of an ended or absent
   * run: nothing.
   */
  permit(ref: AttemptRef, forMs: number): Promise<void>;
  /**
   * Ends the run in whatever state it is, gently at first: SIGINT, after a while SIGTERM, then SIGKILL of all of it.
   * Resolves when nothing of it is alive and nothing of it will begin. An outcome that the run left before stays; a
   * phase that ends well when it is asked to end is still the last. Of an ended or absent run: nothing.
   */
  stop(ref: AttemptRef): Promise<void>;
  /** Every run that is not removed, of this installation alone, in any state and in no order. */
  list(): Promise<readonly AttemptRef[]>;
  /**
   * Forgets an ended run with its files and log; it is absent then, and a start would begin it anew. Refuses a run that
   * has not ended, which goes on. Of an absent run: nothing.
   */
  remove(ref: AttemptRef): Promise<void>;
}

/**
 * What runs are made in does not take this one, and says why. If that stays so, the attempt ends with this reason:
 * `Disrupted` where another attempt may be taken.
 */
export class RunRefused extends Error {
  override readonly name = 'RunRefused';
  readonly reason: 'ConfigInvalid' | 'Disrupted';

  constructor(reason: RunRefused['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The name of an attempt's run, wherever it runs. */
export function runName(ref: AttemptRef): string {
  return `${ref.taskId}-${ref.attempt}`;
}
