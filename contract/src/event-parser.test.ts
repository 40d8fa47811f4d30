import { expect, test } from 'vitest';

import { createEventParser } from './event-parser.ts';

const stream =
  ': hello\n\nid: 1.1\nevent: chunk\ndata: {"a":\ndata: 1}\n\nretry: 100\r\ndata:x\r\n\r\nevent: none\n\n';

test.each([1, 2, 3, 7, 1000])('reads the same events from pieces of %i characters', (size) => {
  const parser = createEventParser();
  const pieces = stream.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];

  const events = pieces.flatMap((piece) => parser.push(piece));

  expect(events).toEqual([
    { event: 'chunk', data: '{"a":\n1}', id: '1.1' },
    { event: 'message', data: 'x', id: '1.1' },
  ]);
});

test('an event that was not ended does not come', () => {
  expect(createEventParser().push('id: 7\ndata: half\n')).toEqual([]);
});
