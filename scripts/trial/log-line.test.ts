import { expect, test } from 'vitest';

import { noteworthy } from './log-line.ts';

test.each([
  ['{"level":30,"msg":"task claimed"}', false, undefined],
  ['{"level":40,"msg":"database is away","err":{"message":"gone"}}', true, 'warning: database is away: gone'],
  ['{"level":50,"msg":"broken"}', true, 'error: broken'],
  ['Verve listens on http://localhost:8080', false, undefined],
  ['SyntaxError: no', true, 'SyntaxError: no'],
  ['{ "cut": ', true, '{ "cut": '],
  ['  ', true, undefined],
])('of %s on stderr: %s a person sees %s', (line, isError, seen) => {
  expect(noteworthy(line, isError)).toBe(seen);
});
