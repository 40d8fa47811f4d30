const mebibyte = 1024 * 1024;

/** What a phase may take, of time and of space. Tests take less. */
export interface Bounds {
  /** How long checkout repeats what may be passing trouble, in ms. */
  readonly checkoutMs: number;
  /** How long publish may take in all, in ms; less than it is granted, so that it can still tell why it failed. */
  readonly publishMs: number;
  /** The first pause between two tries, which doubles up to the longest, in ms. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How long a full disk is waited for, in ms. */
  readonly roomMs: number;
  /** A git command on files alone, in ms: a planted tree can hang it. */
  readonly localGitMs: number;
  /** Between SIGINT, SIGTERM and SIGKILL of the agent's program, in ms. */
  readonly stopGraceMs: number;
  /** For what is left of a program's output, once all of its processes were ended, in ms. */
  readonly drainMs: number;
  /** What the agent phase prints in a second. */
  readonly outputBytesPerSecond: number;
  /** A line of a program's events; a longer one is cut, and no event then. */
  readonly eventLineBytes: number;
  /** What is kept of the program's events, and read of its events file. */
  readonly eventBytes: number;
  /** New files that the runner commits: their number, the size of each and of all. */
  readonly leftoverFiles: number;
  readonly leftoverFileBytes: number;
  readonly leftoverBytes: number;
  /** Entries of the tree that are looked at. */
  readonly treeEntries: number;
}

/** The bounds of a real run. */
export const defaultBounds: Bounds = {
  checkoutMs: 10 * 60_000,
  publishMs: 4 * 60_000,
  firstPauseMs: 1_000,
  longestPauseMs: 30_000,
  roomMs: 2 * 60_000,
  localGitMs: 5 * 60_000,
  // Two graces, the drain and what comes after are over before the executor, which told both at once, sends SIGKILL.
  stopGraceMs: 3_000,
  drainMs: 2_000,
  outputBytesPerSecond: mebibyte,
  eventLineBytes: 32 * mebibyte,
  eventBytes: 64 * mebibyte,
  leftoverFiles: 50_000,
  leftoverFileBytes: 100 * mebibyte,
  leftoverBytes: 1024 * mebibyte,
  treeEntries: 5_000_000,
};

const publishShare = 0.8;

/** The bounds of a run whose publish was granted so many seconds, of which it leaves some; undefined: nobody says. */
export function boundsWithin(publishSeconds: number | undefined): Bounds {
  if (publishSeconds === undefined) return defaultBounds;
  const publishMs = Math.min(defaultBounds.publishMs, publishSeconds * 1_000 * publishShare);
  return { ...defaultBounds, publishMs };
}
