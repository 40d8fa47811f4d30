import { expect, test } from 'vitest';

import { formatEvent, wantsEvents } from './sse.ts';

test('an event is one block with its data on one line', () => {
  expect(formatEvent({ event: 'chunk', id: '1.2', data: { lines: ['a\nb'] } })).toBe(
    'event: chunk\nid: 1.2\ndata: {"lines":["a\\nb"]}\n\n',
  );
});

test('a position alone is no event to who listens', () => {
  expect(formatEvent({ id: '7' })).toBe('id: 7\n\n');
});

test.each([
  ['text/event-stream', true],
  ['application/json, Text/Event-Stream; q=0.1', true],
  ['text/event-stream;charset=utf-8;q=1.0', true],
  ['text/event-stream;q=0', false],
  ['text/event-stream; Q=0.000, application/json', false],
  ['text/event-streams', false],
  ['*/*', false],
  [undefined, false],
])('who accepts %s wants a stream of events: %s', (accept, wanted) => {
  expect(wantsEvents(accept)).toBe(wanted);
});
