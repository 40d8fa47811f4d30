import { expect, test } from 'vitest';

import { limitWaitMs } from './rate-limit.ts';

const date = 'Thu, 26 Nov 2026 10:00:00 GMT';
const in90s = String(Date.parse('2026-11-26T10:01:30Z') / 1_000);

test.each([
  { status: 429, headers: { 'retry-after': '30' }, words: '', waitMs: 30_000 },
  {
    status: 429,
    headers: { date, 'retry-after': 'Thu, 26 Nov 2026 10:02:00 GMT' },
    words: '',
    waitMs: 120_000,
  },
  { status: 429, headers: { date, 'ratelimit-reset': in90s }, words: '', waitMs: 90_000 },
  {
    status: 403,
    headers: { date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': in90s },
    words: 'API rate limit exceeded',
    waitMs: 90_000,
  },
  {
    status: 403,
    headers: { date, 'x-ratelimit-reset': '1000', 'x-ratelimit-remaining': '0' },
    words: '',
    waitMs: 1_000,
  },
  {
    status: 403,
    headers: { 'retry-after': '7' },
    words: 'You have exceeded a secondary rate limit',
    waitMs: 7_000,
  },
  { status: 403, headers: {}, words: 'You have exceeded a secondary rate limit', waitMs: 60_000 },
  { status: 403, headers: {}, words: 'You have triggered an abuse detection mechanism', waitMs: 60_000 },
] as const)('$status with $headers and "$words" is a limit', ({ status, headers, words, waitMs }) => {
  expect(limitWaitMs({ status, headers: new Headers(headers), words })).toBe(waitMs);
});

test.each([
  [403, { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': in90s }, 'Resource not accessible'],
  [404, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': in90s }, 'Not Found'],
  [429, {}, 'Too many requests'],
] as const)('%i with %o and "%s" names no time to wait', (status, headers, words) => {
  expect(limitWaitMs({ status, headers: new Headers(headers), words })).toBeUndefined();
});
