import { expect, test } from 'vitest';

import { limitWaitMs } from './rate-limit.ts';

const date = 'Thu, 26 Nov 2026 10:00:00 GMT';
const in90s = String(Date.parse('2026-11-26T10:01:30Z') / 1_000);

test.each([
  [429, { 'retry-after': '30' }, '', 30_000],
  [429, { date, 'retry-after': 'Thu, 26 Nov 2026 10:02:00 GMT' }, '', 120_000],
  [429, { date, 'ratelimit-reset': in90s }, '', 90_000],
  [
    403,
    { date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': in90s },
    'API rate limit exceeded',
    90_000,
  ],
  [403, { date, 'x-ratelimit-reset': '1000', 'x-ratelimit-remaining': '0' }, '', 1_000],
  [403, { 'retry-after': '7' }, 'You have exceeded a secondary rate limit', 7_000],
  [403, {}, 'You have exceeded a secondary rate limit', 60_000],
  [403, {}, 'You have triggered an abuse detection mechanism', 60_000],
] as const)('%i with %o and "%s" is a limit', (status, headers, words, waitMs) => {
  expect(limitWaitMs({ status, headers: new Headers(headers), words })).toBe(waitMs);
});

test.each([
  [403, { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': in90s }, 'Resource not accessible'],
  [404, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': in90s }, 'Not Found'],
  [429, {}, 'Too many requests'],
] as const)('%i with %o and "%s" names no time to wait', (status, headers, words) => {
  expect(limitWaitMs({ status, headers: new Headers(headers), words })).toBeUndefined();
});
