import { expect, test } from 'vitest';

import { formatEvent } from './sse.ts';

test('an event is one block with its data on one line', () => {
  expect(formatEvent({ event: 'chunk', id: '1.2', data: { lines: ['a\nb'] } })).toBe(
    'event: chunk\nid: 1.2\ndata: {"lines":["a\\nb"]}\n\n',
  );
});

test('a position alone is no event to who listens', () => {
  expect(formatEvent({ id: '7' })).toBe('id: 7\n\n');
});
