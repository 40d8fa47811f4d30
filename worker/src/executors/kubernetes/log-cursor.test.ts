import { limits } from '@verve/contract';
import { expect, test } from 'vitest';

import { formatLogCursor, parseLogCursor } from './log-cursor.ts';

test('a cursor is what it was, and short', () => {
  const cursor = { phase: 'publish', at: '2026-11-22T18:31:35.693692542Z', count: 12 } as const;

  const text = formatLogCursor(cursor);

  expect(parseLogCursor(text)).toEqual(cursor);
  expect(text.length).toBeLessThan(limits.cursorLength / 10);
});

test('no cursor is the beginning', () => {
  expect(parseLogCursor(undefined)).toBeUndefined();
});

test.each([
  '',
  '12',
  'deploy 2026-11-22T18:31:35Z 1',
  'agent yesterday 1',
  'agent 2026-11-22T18:31:35Z',
  'agent 2026-11-22T18:31:35Z -1',
  'agent 2026-11-22T18:31:35Z 1 2',
])('%j is no cursor', (text) => {
  expect(() => parseLogCursor(text)).toThrow('not a cursor');
});
