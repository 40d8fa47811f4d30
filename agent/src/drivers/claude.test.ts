import { describe, expect, test } from 'vitest';

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

describe('the end of a run', () => {
  test.each([
    ['edited-only', undefined, undefined],
    ['no-change', undefined, undefined],
    ['rate-limited-twice', undefined, undefined],
    ['two-tools', undefined, undefined],
    ['unauthorized', 'AgentUnauthorized', /401 this key is not accepted/],
    ['rate-limited', 'AgentRateLimited', /429/],
    ['server-error', 'ModelUnavailable', /500/],
    ['unreachable', 'ModelUnavailable', /connect/i],
    ['cut-stream', 'ModelUnavailable', /connection|stream|response/i],
    ['budget', 'BudgetExceeded', /budget/i],
    ['interrupted', 'AgentFailed', /./],
  ])('%s comes to %s', (recording, reason, words) => {
    const { verdict } = replay(claudeDriver, `claude/${recording}`);

    expect(verdict.reason).toBe(reason);
    if (words) expect(verdict.words).toMatch(words);
  });
});

test('a host that is asked again and again is told as that, with why', () => {
  const { events } = replay(claudeDriver, 'claude/rate-limited-twice');

  expect(events.filter(({ kind }) => kind === 'retry')).toEqual([
    { kind: 'retry', message: '429 rate_limit', number: 1, reason: 'AgentRateLimited' },
    { kind: 'retry', message: '429 rate_limit', number: 2, reason: 'AgentRateLimited' },
  ]);
});

test('what a tool said counts its bytes, and a failure has its exit code', () => {
  const { events } = replay(claudeDriver, 'claude/tool-failed');

  expect(events[0]).toEqual({
    kind: 'tool',
    name: 'Bash',
    exitCode: 3,
    failed: true,
    bytes: 36,
    output: 'Exit code 3\nsome output\nsome trouble',
  });
});

test('an interrupted run tells what it has cost', () => {
  expect(replay(claudeDriver, 'claude/interrupted').usage).toMatchObject({ costUsd: 0.0025 });
});

test('words about trouble are no words of the agent', () => {
  const { events } = replay(claudeDriver, 'claude/unauthorized');

  expect(events.filter(({ kind }) => kind === 'text')).toEqual([]);
});

test.each(['plain words', '{"type":"result"', '[1]', 'null'])('%s is no event', (line) => {
  expect(claudeDriver.parse(line, 'o')).toBeUndefined();
});

test.each([
  '{}',
  '{"type":"assistant"}',
  '{"type":"assistant","message":{"content":"words","usage":[]}}',
  '{"type":"assistant","message":{"content":[null,1,{"type":"text"},{"type":"tool_use"}]}}',
  '{"type":"user","message":{"content":[{"type":"tool_result","content":[{"text":7},null]}]}}',
  '{"type":"system","subtype":"api_retry","attempt":"x","error_status":"much","retry_delay_ms":-1}',
  '{"type":"result","usage":{"input_tokens":-4},"total_cost_usd":"free","errors":[1,{}]}',
])('%s is borne', (line) => {
  expect(claudeDriver.parse(line, 'o')).toBeInstanceOf(Array);
  expect(claudeDriver.parse(line, 'e')).toBeUndefined();
});
