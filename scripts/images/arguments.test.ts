import { expect, test } from 'vitest';

import { ArgumentsWrong, parseArguments } from './arguments.ts';
import { imagesFor, parts } from './catalogue.ts';

function names(...args: string[]): string[] {
  const { wanted, naming } = parseArguments(args) ?? expect.fail('help');
  return imagesFor(wanted, naming).map(({ name }) => name);
}

test('the three parts are built when nothing is named', () => {
  expect(names()).toEqual(['verve-server:dev', 'verve-worker:dev', 'verve-agent:dev']);
});

test('tag and prefix are put around each name', () => {
  expect(names('worker', '--tag', '1.2.3', '--prefix', 'registry.example/team/')).toEqual([
    'registry.example/team/verve-worker:1.2.3',
  ]);
});

test('what the image of a coding agent stands on is built before it', () => {
  expect(names('codex', 'claude')).toEqual([
    'verve-agent:dev',
    'verve-agent-claude:dev',
    'verve-agent-codex:dev',
  ]);
  expect(imagesFor(['codex'], { prefix: '', tag: 'x' }).at(-1)?.base).toBe('verve-agent:x');
});

test('all coding agents come by one option, beside what is named', () => {
  expect(names('--agents')).toHaveLength(7);
  expect(names('--agents', ...parts)).toHaveLength(9);
});

test.each([
  [['clade'], /no image clade/],
  [['--tags', 'x'], /--tags/],
])('%j is refused', (args, message) => {
  expect(() => parseArguments(args)).toThrow(ArgumentsWrong);
  expect(() => parseArguments(args)).toThrow(message);
});

test('help is no image', () => {
  expect(parseArguments(['--help'])).toBeUndefined();
});
