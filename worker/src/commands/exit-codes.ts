/** What the exit code of `verve-worker` tells. Part of the interface: scripts rely on it. */
export const exitCodes = {
  /** Stopped as asked; checked, and nothing failed; or removed, and nothing is left. */
  ok: 0,
  /** It could not go on, the configuration is wrong, a check failed, or something could not be removed. */
  failed: 1,
  usage: 2,
} as const satisfies Record<string, number>;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
