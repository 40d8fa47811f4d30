import { containerEnd, containerEndBytes, type ContainerEnd } from '@verve/contract/container';
import { expect, test } from 'vitest';

import { formatEnd, isGood } from './container-end.ts';

const usage = { costUsd: 1.5, inputTokens: 1_000, outputTokens: 2_000 };

function endWith(outcome: Partial<NonNullable<ContainerEnd['outcome']>>): ContainerEnd {
  return { outcome: { status: 'failed', reason: 'AgentFailed', usage, ...outcome }, exit: { code: 1 } };
}

test('an end that fits is told whole', () => {
  const end = endWith({ message: 'the command ended with exit code 3' });

  expect(JSON.parse(formatEnd(end))).toEqual(end);
});

test.each([
  ['letters', 'a'],
  ['characters of three bytes', '€'],
  ['characters of four bytes', '😀'],
  ['characters that JSON escapes', '\u0001'],
  ['quotes', '"'],
  ['halves of characters', '\uD83D'],
])('a message of %s is cut between two of them, no earlier than it must', (_, character) => {
  const message = character.repeat(4_000 / character.length);

  const text = formatEnd(endWith({ message }));

  const bytes = Buffer.byteLength(text);
  expect(bytes).toBeLessThanOrEqual(containerEndBytes);
  expect(bytes).toBeGreaterThan(containerEndBytes - 6);
  const told = containerEnd.parse(JSON.parse(text));
  expect(told).toEqual(endWith({ message: told.outcome?.message ?? '' }));
  const characters = Array.from(told.outcome?.message ?? '');
  expect(characters.pop()).toBe('…');
  expect([...new Set(characters)]).toEqual([character]);
});

test('an address that nothing fits beside is left out', () => {
  const end = endWith({ message: 'x'.repeat(4_000), pullRequestUrl: 'y'.repeat(2_000), branch: 'verve/t' });

  const told = containerEnd.parse(JSON.parse(formatEnd(end)));

  expect(told.outcome).toMatchObject({ branch: 'verve/t', message: expect.stringMatching(/^x{1000,}…$/) });
  expect(told.outcome).not.toHaveProperty('pullRequestUrl');
});

test('an outcome that is forged to be as long as can be fits', () => {
  const end = endWith({
    reason: 'X'.repeat(64),
    message: '\u0001'.repeat(4_000),
    branch: '\u0001'.repeat(400),
    commit: '\u0001'.repeat(64),
    pullRequestUrl: '\u0001'.repeat(2_000),
  });

  const text = formatEnd(end);

  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(containerEndBytes);
  expect(containerEnd.parse(JSON.parse(text))).toMatchObject({ outcome: { reason: 'X'.repeat(64) } });
});

test('the longest reason why nothing began fits beside what was used', () => {
  const text = formatEnd({ exit: { error: '\u0001'.repeat(300) }, usage });

  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(containerEndBytes);
});

test.each<[string, ContainerEnd, boolean]>([
  ['completed', { outcome: { status: 'completed' }, exit: { code: 0 } }, true],
  [
    'completed, with nothing to publish',
    { outcome: { status: 'completed', reason: 'NoChanges' }, exit: { code: 0 } },
    true,
  ],
  ['skipped', { skipped: true }, true],
  ['completed, with another exit code', { outcome: { status: 'completed' }, exit: { code: 1 } }, false],
  ['completed, and killed', { outcome: { status: 'completed' }, exit: { signal: 'SIGKILL' } }, false],
  ['failed', { outcome: { status: 'failed' }, exit: { code: 0 } }, false],
  ['without outcome', { exit: { code: 0 } }, false],
  ['never begun', { exit: { error: 'cannot start' } }, false],
  ['stopped while it waited', { stopped: true }, false],
])('whether the next container starts: %s', (_, end, isExpected) => {
  expect(isGood(end)).toBe(isExpected);
});
