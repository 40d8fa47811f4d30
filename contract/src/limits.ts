/** Bounds and times that both ends of the wire rely on. */
export const limits = {
  /** Characters of a task's description. */
  descriptionLength: 100_000,
  /** Characters of a title, a name, a model and the like. */
  nameLength: 200,
  /** Characters of a message or a reason given by a person. */
  messageLength: 4_000,
  /** Characters of a URL. */
  urlLength: 2_000,
  /** Entries of `labels` and `requires`, and characters of their keys and values. */
  labelCount: 50,
  labelLength: 200,
  /** Entries of a worker's `agents` and `repositories`. */
  listLength: 500,
  /** Lines of one chunk. */
  chunkLines: 1_000,
  /** Bytes of one line in UTF-8. */
  lineBytes: 64 * 1024,
  /** Bytes of the lines of one chunk together. */
  chunkBytes: 4 * 1024 * 1024,
  /** Bytes of a request's body; a chunk of the largest size fits with its JSON escapes. */
  bodyBytes: 8 * 1024 * 1024,
  /** Bytes of a body from a person. */
  personBodyBytes: 1024 * 1024,
  /** Characters of a reader's cursor. */
  cursorLength: 2_000,
  /** Chunks of one page of a log. */
  logPageChunks: 200,
  /** Log lines that come with `GET /tasks/{id}`. */
  taskLogLines: 500,
  /** Attempts that come with `GET /tasks/{id}`. */
  taskAttempts: 100,
  /** Tasks of one page. */
  taskPage: 200,
  /** Attempts named in one heartbeat. */
  heartbeatAttempts: 1_000,
  /** What one attempt may have cost, in dollars and in tokens: sums of it stay exact, and far from overflow. */
  usageCostUsd: 1_000_000_000,
  usageTokens: 1_000_000_000_000,
  /** The number of a task's newest attempt. */
  attempts: 1_000_000,
  /** Claims asked for by one poll, and seconds it may be held. */
  pollSlots: 100,
  pollSeconds: 30,
} as const;

/** Times of the lease protocol, in seconds. */
export const leaseTimes = {
  /** How often a worker beats. */
  heartbeatSeconds: 10,
  /** How long a running attempt is held without a heartbeat. */
  leaseSeconds: 180,
  /** A claim that no call has named within this is taken back, uncounted. */
  acknowledgeSeconds: 30,
  /** What the answer to `progress {phase: publish}` grants. */
  publishSeconds: 300,
  /** A worker without a heartbeat for this long counts as disconnected. */
  workerAliveSeconds: 30,
} as const;
