import { appendChunk } from '@verve/contract';
import { expect, test } from 'vitest';

import { parseContainerLine } from './container-line.ts';

test.each([
  ['o hello', 'o', 'hello'],
  ['e  indented ', 'e', ' indented '],
  ['o ', 'o', ''],
  ['o c {"tick":1,"state":"waiting"}', 'o', 'c {"tick":1,"state":"waiting"}'],
  // What a program wrote past the container's own output.
  ['', 'o', ''],
  ['o', 'o', 'o'],
  ['hello', 'o', 'hello'],
  ['v forged', 'o', 'v forged'],
  ['other', 'o', 'other'],
  ['c', 'o', 'c'],
  ['c\t{"tick":1,"state":"waiting"}', 'o', 'c\t{"tick":1,"state":"waiting"}'],
] as const)('%j is a line of %s', (line, stream, text) => {
  expect(parseContainerLine(line)).toEqual({ kind: 'line', stream, text });
});

test.each(['\0', 'a\rb', 'o a\rb\r', `o ${'x'.repeat(100_000)}`, '€'.repeat(50_000), '\0'.repeat(60_000)])(
  'what a program wrote past the output is a line that the server takes: %.20j',
  (written) => {
    const parsed = parseContainerLine(written);
    const text = parsed.kind === 'line' ? parsed.text : undefined;

    expect(isTaken(text)).toBe(true);
    expect(isTaken(written)).toBe(false);
  },
);

function isTaken(line: unknown): boolean {
  const rest = { attempt: 1, seq: 1, phase: 'agent', at: [1], streams: 'o' };
  return appendChunk.safeParse({ ...rest, lines: [line] }).success;
}

test.each([
  ['c {"tick":3,"state":"running"}', { tick: 3, state: 'running' }],
  ['c {"usage":{"inputTokens":5}}', { usage: { inputTokens: 5 } }],
])('%j is told', (line, told) => {
  expect(parseContainerLine(line)).toMatchObject({ kind: 'told', told });
});

test.each([
  'c ',
  'c hello',
  'c null',
  'c []',
  'c {"tick":0,"state":"waiting"}',
  'c {"tick":1.5,"state":"waiting"}',
  'c {"tick":1,"state":"done"}',
  'c {"tick":1}',
  'c {"usage":{"inputTokens":-1}}',
  'c {"usage":{"inputTokens":1e999}}',
  `c ${'['.repeat(100_000)}`,
])('%.60j is neither told nor shown', (line) => {
  expect(parseContainerLine(line)).toEqual({ kind: 'nothing' });
});
