import { expect, test } from 'vitest';

import { replay } from '../testing/recording.ts';
import { claudeDriver } from './claude.ts';

test('edited and committed', () => {
  const { events, usage, verdict } = replay(claudeDriver, 'claude/edited-and-committed');

  expect(events).toMatchObject([
    { kind: 'tool', name: 'Write' },
    { kind: 'text', text: 'Now I commit it.' },
    { kind: 'tool', name: 'Bash', output: '(Bash completed with no output)' },
    { kind: 'text', text: 'I added hello.txt and committed it.' },
    { kind: 'final', status: 'completed' },
  ]);
  expect(usage).toMatchObject({ costUsd: 0.0075, inputTokens: 3_000, outputTokens: 150 });
  expect(verdict).toEqual({ summary: 'I added hello.txt and committed it.' });
});
