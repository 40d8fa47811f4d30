import { expect, test } from 'vitest';

import { toChunk, toChunkContent } from './chunk-rows.ts';

test('times are stored as differences and come back, whichever way they go', () => {
  const chunk = {
    attempt: 1,
    seq: 2,
    at: [1_763_800_000_000, 1_763_800_000_007, 1_763_800_000_003, 1_763_800_000_003],
    streams: 'oeov',
    lines: ['', 'a,b', '', ''],
  };

  const content = toChunkContent(chunk);

  expect(content.at).toBe('1763800000000,7,-4,0');
  expect(toChunk({ attempt: 1, seq: 2, ...content })).toEqual(chunk);
});

test('half a surrogate pair is stored as what every database makes of it', () => {
  const chunk = { attempt: 1, seq: 1, at: [1], streams: 'o', lines: ['a\uD800'], cursor: '\uDC00' };

  expect(toChunkContent(chunk)).toMatchObject({ lines: 'a\uFFFD', cursor: '\uFFFD' });
});
