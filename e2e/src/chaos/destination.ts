import type { PullRequest } from '../forge-admin.ts';
import type { FaultyProxy } from './faulty-proxy.ts';
import { makeRemote } from './remote.ts';

/** What has become of the work, as the destination alone knows it. */
export interface Published {
  /** The commits that a branch has pointed at, oldest first. */
  pushesTo(branch: string): readonly string[];
  /** Undefined where there is no forge. */
  readonly forge?: {
    /** All there ever were, open or closed. */
    readonly pullRequests: readonly PullRequest[];
    /** Full names of all refs. */
    readonly refs: readonly string[];
  };
}

/** Where the tasks' work goes: a repository at a forge, or one on this machine. */
export interface Destination {
  /** The repository's address for tasks. */
  readonly url: string;
  /** What of the worker's configuration leads there. */
  readonly workerConfig: object;
  /** On the way to a forge; undefined where there is none. */
  readonly proxy: FaultyProxy | undefined;
  /** Nothing is published until it is back. */
  setAway(isAway: boolean): void;
  /** To be asked when no run is left. */
  published(): Promise<Published>;
}

/** A repository on this machine, without pull requests. */
export function localDestination(folder: string): Destination {
  const remote = makeRemote(folder);
  return {
    url: remote.url,
    workerConfig: {},
    proxy: undefined,
    setAway: (isAway) => remote.setAway(isAway),
    published: async () => remote,
  };
}
