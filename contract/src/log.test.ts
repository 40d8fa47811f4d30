import { expect, test } from 'vitest';

import { limits } from './limits.ts';
import { appendChunk, formatLogPosition, parseLogPosition, readLogsQuery } from './log.ts';

const chunk = { attempt: 1, seq: 1, phase: 'agent', at: [1, 2], streams: 'oe', lines: ['a', 'b'] };

test('takes a chunk as the design shows it', () => {
  expect(appendChunk.parse({ ...chunk, cursor: 'c', future: 1 })).toEqual({ ...chunk, cursor: 'c' });
});

test.each([
  ['lines of unequal number', { lines: ['a'] }],
  ['times of unequal number', { at: [1] }],
  ['streams of unequal number', { streams: 'o' }],
  ['an unknown stream', { streams: 'ox' }],
  ['a line break in a line', { lines: ['a\nb', 'c'] }],
  ['NUL', { lines: ['a\0b', 'c'] }],
  ['a line over the bound', { lines: ['ä'.repeat(limits.lineBytes / 2 + 1), 'c'] }],
  ['no lines', { at: [], streams: '', lines: [] }],
  ['seq 0', { seq: 0 }],
  ['a fraction as attempt', { attempt: 1.5 }],
])('refuses %s', (_, change) => {
  expect(appendChunk.safeParse({ ...chunk, ...change }).success).toBe(false);
});

test('counts a line in bytes, not characters', () => {
  const longest = 'ä'.repeat(limits.lineBytes / 2);

  expect(appendChunk.safeParse({ ...chunk, lines: [longest, 'c'] }).success).toBe(true);
});

test('refuses a chunk whose lines are too many bytes together', () => {
  const of = (lines: string[]): unknown => ({
    ...chunk,
    lines,
    at: lines.map(() => 1),
    streams: 'o'.repeat(lines.length),
  });
  const line = 'ä'.repeat(limits.lineBytes / 2);
  const most = Array.from({ length: limits.chunkBytes / limits.lineBytes }, () => line);

  expect(appendChunk.safeParse(of(most)).success).toBe(true);
  expect(appendChunk.safeParse(of([...most, 'a'])).success).toBe(false);
});

test('a position survives its text', () => {
  expect(formatLogPosition(parseLogPosition('2.417'))).toBe('2.417');
});

test('asks for one place in the log at a time', () => {
  expect(readLogsQuery.safeParse({ after: '1.1', tail: '5' }).success).toBe(false);
  expect(readLogsQuery.parse({ tail: '5' })).toMatchObject({ tail: 5, limit: 100, format: 'json' });
});
