import { expect, test } from 'vitest';

import { ArgumentsWrong, parseArguments } from './arguments.ts';

test('without arguments it is the loop in a namespace of its own, on the port that everything uses', () => {
  expect(parseArguments([])).toEqual({
    mode: 'loop',
    context: undefined,
    namespace: 'verve-dev',
    port: 8080,
    serverValues: [],
    workerValues: [],
  });
});

test('files of values add up', () => {
  const args = ['--once', '--worker-values', 'a.yaml', '--worker-values', 'b.yaml'];

  expect(parseArguments(args)).toMatchObject({ mode: 'once', workerValues: ['a.yaml', 'b.yaml'] });
});

test.each([
  [['--port', '0'], /--port takes a port/],
  [['--once', '--delete'], /--once and --delete exclude each other/],
  [['--nowhere'], /--nowhere/],
])('%j is refused', (args, message) => {
  expect(() => parseArguments(args)).toThrow(ArgumentsWrong);
  expect(() => parseArguments(args)).toThrow(message);
});

test('help is no start', () => {
  expect(parseArguments(['-h'])).toBeUndefined();
});
