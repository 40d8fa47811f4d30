import { expect, test } from 'vitest';

import { createPaint, cut, plain, plainLine } from './terminal.ts';

test('text of others cannot drive the terminal', () => {
  expect(plain('a\u001B]0;title\u0007b\u009B2Jc\rd\n\te')).toBe('a]0;titleb2Jcd\n\te');
});

test('colours of a log line stay where colours are shown, and end with the line', () => {
  const line = '\u001B[31mred\u001B[2J';

  expect(plainLine(line, true)).toBe('\u001B[31mred[2J\u001B[0m');
  expect(plainLine(line, false)).toBe('red[2J');
});

test('paints only where colours are wanted', () => {
  expect(createPaint(false)('red', 'x')).toBe('x');
  expect(createPaint(true)('red', 'x')).toBe('\u001B[31mx\u001B[39m');
});

test('cuts with an ellipsis', () => {
  expect([cut('short', 5), cut('longer', 5)]).toEqual(['short', 'long…']);
});
