import { expect, test } from 'vitest';

import { plainWords } from './plain-words.ts';

test.each([
  ['[API Error: {"error":{"code":401,"message":"no such key"}}]', '[API Error: 401 no such key]'],
  ['429: {"message":"too fast","type":"requests","code":"rate_limit_exceeded"}', '429: too fast'],
  ['{"type":"error","error":{"type":"api_error","message":"oops"}}', 'oops'],
  ['terminated', 'terminated'],
  ['of the form {a: 1}', 'of the form {a: 1}'],
  ['{"error":{"message":7}}', '{"error":{"message":7}}'],
  ['} backwards {', '} backwards {'],
])('"%s" becomes "%s"', (words, plain) => {
  expect(plainWords(words)).toBe(plain);
});
