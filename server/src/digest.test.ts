import { expect, test } from 'vitest';

import { digest } from './digest.ts';

test('the order of keys makes no difference, everything else does', () => {
  const one = digest({ a: 1, b: { c: [1, 2], d: 'x' } });

  expect(digest({ b: { d: 'x', c: [1, 2] }, a: 1 })).toBe(one);
  expect(digest({ a: 1, b: { c: [2, 1], d: 'x' } })).not.toBe(one);
  expect(digest({ a: 1, b: { c: [1, 2], d: 'x' }, e: null })).not.toBe(one);
});
