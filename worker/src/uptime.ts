import { uptime } from 'node:os';

/**
 * The machine's own clock, in ms since it started, with the time it slept. All its processes read the same, and whoever
 * sets the wall clock does not move it.
 */
export function uptimeMs(): number {
  return uptime() * 1_000;
}
