import type { AttemptRef, Outcome, RunSpec, Usage } from '@verve/contract';

/** An attempt, and the agent that works on it. */
export interface MeteredAttempt extends AttemptRef {
  readonly spec: { readonly agent: Pick<RunSpec['agent'], 'name'> };
}

/** How a call to the server went: it was answered well, refused, or there was no answer. */
export type CallResult = 'ok' | 'refused' | 'unreachable';

/** What was asked of the API server of Kubernetes: as `list` and `pods`. */
interface KubernetesRequest {
  readonly verb: string;
  readonly resource: string;
}

/** What an operator wants to see of the worker's work. Label values are few and bounded. */
export interface Meters {
  /** A task was claimed. */
  taskClaimed(): void;
  /** An attempt has ended, and the server knows. */
  attemptEnded(
    attempt: MeteredAttempt,
    outcome: Pick<Outcome, 'status' | 'reason'> & { readonly usage?: Usage | undefined },
  ): void;
  /** An attempt in hand has used so much up to now. */
  usageInHand(attempt: MeteredAttempt, usage: Usage): void;
  /** The server gave an attempt up, whose run was stopped. */
  attemptLost(attempt: MeteredAttempt): void;
  /** An attempt met trouble on this side, and is tried on. */
  attemptInTrouble(): void;
  /** Attempts in hand right now, and how many there may be. */
  inHand(count: number, capacity: number): void;
  /** One call to the server. */
  callEnded(call: string, result: CallResult): void;
  /** One request to the API server of Kubernetes, by its answer's status; undefined: there was no answer. */
  kubernetesAnswered(request: KubernetesRequest, code: number | undefined): void;
  /** A chunk of a log is durable at the server, with so many lines of so many bytes. */
  chunkShipped(lines: number, bytes: number): void;
  /** Secrets that were masked in what a run said. */
  secretsMasked(count: number): void;
  /** A log has a gap: lines that nobody can read any more. */
  logGap(): void;
  /** Bytes of logs on this worker's disk that wait for the server, of all runs. */
  spoolBytes(bytes: number): void;
}

/** Counts nothing: for tests and programs without metrics. */
export const noMeters: Meters = {
  taskClaimed: () => undefined,
  attemptEnded: () => undefined,
  usageInHand: () => undefined,
  attemptLost: () => undefined,
  attemptInTrouble: () => undefined,
  inHand: () => undefined,
  callEnded: () => undefined,
  kubernetesAnswered: () => undefined,
  chunkShipped: () => undefined,
  secretsMasked: () => undefined,
  logGap: () => undefined,
  spoolBytes: () => undefined,
};
