import { expect, test } from 'vitest';

import { anyCase, httpPattern } from './patterns.ts';

test('any case of letters is matched, and a dot is a dot', () => {
  const pattern = new RegExp(`^${anyCase('git.hub')}$`);

  expect(['git.hub', 'GIT.Hub'].every((text) => pattern.test(text))).toBe(true);
  expect(pattern.test('git-hub')).toBe(false);
});

test.each([
  ['http://a', true],
  ['HTTPS://a', true],
  ['ftp://a', false],
  ['a:80', false],
])('whether %s begins as an address of HTTP does: %s', (text, does) => {
  expect(new RegExp(httpPattern).test(text)).toBe(does);
});
