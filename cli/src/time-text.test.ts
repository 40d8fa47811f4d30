import { expect, test } from 'vitest';

import { ageText, durationText, parseDuration } from './time-text.ts';

test.each([
  [0, '0s'],
  [-5, '0s'],
  [45_000, '45s'],
  [60_000, '1m'],
  [200_000, '3m 20s'],
  [7_500_000, '2h 5m'],
  [3_600_000, '1h'],
  [356_400_000, '4d 3h'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('an age has one unit', () => {
  expect(ageText(7_500_000)).toBe('2h');
});

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
  ['2w', undefined],
  ['h', undefined],
])('%s is read as %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
