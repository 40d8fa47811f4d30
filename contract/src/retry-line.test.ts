import { expect, test } from 'vitest';

import { retryLine, whyRetried } from './retry-line.ts';

test.each([1_000, 1_500, 30_000])('what is said of a try after %i ms is understood', (pauseMs) => {
  expect(whyRetried(retryLine('cannot reach git.example; it is away', pauseMs))).toBe(
    'cannot reach git.example; it is away',
  );
});

test('a reason of several lines is one, which is understood whole', () => {
  const line = retryLine('git cannot fetch. git said: no such host\n  fatal: it is away\n', 1_000);

  expect(line).not.toContain('\n');
  expect(whyRetried(line)).toBe('git cannot fetch. git said: no such host fatal: it is away');
});

test.each(['', 'the branch is pushed', '; trying again in 1 s', 'trying again in x s'])(
  'the line %j says nothing of that',
  (line) => {
    expect(whyRetried(line)).toBeUndefined();
  },
);
