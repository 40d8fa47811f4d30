import { expect, test } from 'vitest';

import { limits } from './limits.ts';
import { createLineSplitter, cutUtf8 } from './lines.ts';
import { appendChunk } from './log.ts';

function linesOf(...pieces: (string | Uint8Array)[]): string[] {
  const splitter = createLineSplitter();
  const lines = pieces.flatMap((piece) =>
    splitter.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece),
  );
  return [...lines, ...splitter.end()];
}

test.each([
  [['a\nb\n'], ['a', 'b']],
  [['a\r\nb'], ['a', 'b']],
  [
    ['a\r', '\nb\n'],
    ['a', 'b'],
  ],
  [['10 %\r20 %\n'], ['10 %', '20 %']],
  [['\n\n'], ['', '']],
  [['one ', 'line', '\n'], ['one line']],
  [[''], []],
])('splits %j', (pieces, lines) => {
  expect(linesOf(...pieces)).toEqual(lines);
});

test('a character that comes in two pieces stays whole', () => {
  const bytes = new TextEncoder().encode('é\n');

  expect(linesOf(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['é']);
});

test('NUL and invalid UTF-8 are replaced', () => {
  expect(linesOf(Uint8Array.of(0x61, 0x00, 0xff, 0x62, 0x0a))).toEqual(['a\uFFFD\uFFFDb']);
});

test.each(['x'.repeat(10), '€', '\0'])(
  'a huge line of %j is cut to what a chunk takes and says so',
  (part) => {
    const long = part.repeat((limits.lineBytes * 3) / part.length);

    const [line, ...others] = linesOf(long, long, '\nnext\n');

    expect(others).toEqual(['next']);
    expect(line).toContain(`the line has ${new TextEncoder().encode(long).length * 2} bytes`);
    const chunk = { attempt: 1, seq: 1, at: [1], streams: 'o', lines: [line] };
    expect(appendChunk.safeParse(chunk).error).toBeUndefined();
  },
);

test('text is cut between characters', () => {
  expect(cutUtf8('a€b', 3)).toBe('a');
  expect(cutUtf8('a€b', 4)).toBe('a€');
});
