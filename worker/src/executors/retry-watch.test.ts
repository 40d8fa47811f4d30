import { retryLine } from '@verve/contract/retry-line';
import { expect, test } from 'vitest';

import { createRetryWatch, withRetries } from './retry-watch.ts';

const again = retryLine('cannot reach git.example', 2_000);

test('the last line of checkout says what it tries again, until another one comes', () => {
  const watch = createRetryWatch();

  expect(watch.hear([{ phase: 'checkout', text: 'at 1234' }])).toBe(false);
  expect(watch.hear([{ phase: 'checkout', text: again }])).toBe(true);
  expect(watch.why('checkout')).toBe('cannot reach git.example');
  expect(watch.why('agent')).toBeUndefined();
  expect(watch.hear([{ phase: 'checkout', text: retryLine('cannot reach git.example', 4_000) }])).toBe(false);
  expect(watch.hear([])).toBe(false);
  expect(watch.hear([{ phase: 'checkout', text: 'at 1234' }])).toBe(true);
  expect(watch.why('checkout')).toBeUndefined();
});

test('an agent that prints the same says nothing of its run', () => {
  const watch = createRetryWatch();

  expect(watch.hear([{ phase: 'agent', text: again }])).toBe(false);
  expect(watch.why('agent')).toBeUndefined();
});

test('the same in another phase is news', () => {
  const watch = createRetryWatch();

  expect(watch.hear([{ phase: 'checkout', text: again }])).toBe(true);
  expect(watch.hear([{ phase: 'publish', text: again }])).toBe(true);
  expect([watch.why('checkout'), watch.why('publish')]).toEqual([undefined, 'cannot reach git.example']);
});

test('a state of that phase tells it', () => {
  const watch = createRetryWatch();
  watch.hear([{ phase: 'publish', text: again }]);
  const running = { kind: 'running', phase: 'publish' } as const;

  expect(withRetries(running, watch)).toEqual({ ...running, retrying: 'cannot reach git.example' });
  expect(withRetries({ ...running, phase: 'agent' }, watch)).toEqual({ ...running, phase: 'agent' });
  expect(withRetries(running, undefined)).toEqual(running);
  expect(withRetries({ kind: 'absent' }, watch)).toEqual({ kind: 'absent' });
});
