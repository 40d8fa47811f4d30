import { expect, test } from 'vitest';

import { boundsWithin, defaultBounds } from './bounds.ts';

/** After its SIGINT the executor kills the runner as well (docs/agent-image.md no. 10). */
const executorKillsMs = 10_000;
/** For killing what stays and writing the outcome. */
const roomMs = 1_500;

test('a program that no signal but SIGKILL ends is ended, and told of, before the executor kills the runner', () => {
  const { stopGraceMs, drainMs } = defaultBounds;

  expect(2 * stopGraceMs + drainMs + roomMs).toBeLessThan(executorKillsMs);
});

test.each([
  [undefined, 240_000],
  [300, 240_000],
  [3_600, 240_000],
  [120, 96_000],
])('publish that was granted %s s gives up after %s ms, before it is killed', (seconds, ms) => {
  expect(boundsWithin(seconds).publishMs).toBe(ms);
});
