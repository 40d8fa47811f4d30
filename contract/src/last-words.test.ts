import { expect, test } from 'vitest';

import { lastWords } from './last-words.ts';

test.each([
  ['all of them', ' as it is\n', 10, 'as it is'],
  ['whole ones of more', 'this is much too long', 10, '… too long'],
  ['a piece of one that is very long', `${'x'.repeat(100)} end`, 80, `… ${'x'.repeat(76)} end`],
])('the last words are %s', (_, said, ...[length, words]) => {
  expect(lastWords(said, length)).toBe(words);
});
