import { expect, test } from 'vitest';

import type { Verdict } from '../driver.ts';
import { driverRun } from '../testing/driver-run.ts';
import { oddLines } from '../testing/odd-lines.ts';
import { replay } from '../testing/recording.ts';
import { geminiDriver } from './gemini.ts';

test.each([
  ['edited-and-committed', { summary: 'I added hello.txt and committed it.' }],
  ['edited-only', { summary: 'I added hello.txt.' }],
  ['no-change', { summary: 'There is nothing to do.' }],
  ['rate-limited-twice', { summary: 'There is nothing to do.' }],
  ['two-tools', { summary: 'Both are done.' }],
  [
    'unauthorized',
    {
      reason: 'AgentUnauthorized',
      message: 'gemini ended with exit code 145',
      words: '401 this key is not accepted',
    },
  ],
  [
    'rate-limited',
    {
      reason: 'AgentRateLimited',
      message: 'gemini ended with exit code 173',
      words: 'scripted 429\nSuggested retry after 7s.',
      retryAfterSeconds: 7,
    },
  ],
  [
    'server-error',
    { reason: 'ModelUnavailable', message: 'gemini ended with exit code 244', words: '500 scripted 500' },
  ],
  [
    'unreachable',
    {
      reason: 'ModelUnavailable',
      message: 'gemini ended with exit code 1',
      words: 'exception TypeError: fetch failed sending request',
    },
  ],
  [
    'cut-stream',
    { reason: 'ModelUnavailable', message: 'gemini ended with exit code 1', words: 'terminated' },
  ],
  [
    'interrupted',
    {
      reason: 'AgentFailed',
      message: 'gemini ended without saying that it was done',
      words: 'This takes long.',
    },
  ],
] satisfies [string, Verdict][])('%s', (name, verdict) => {
  expect(replay(geminiDriver, `gemini/${name}`).verdict).toEqual(verdict);
});

test('words in pieces are one text, and of tools name and output are told', () => {
  const { events, usage } = replay(geminiDriver, 'gemini/tool-failed', { inputUsd: 3, outputUsd: 15 });

  expect(events).toEqual([
    { kind: 'tool', name: 'run_shell_command', bytes: 24, output: 'some output\nsome trouble' },
    { kind: 'text', text: 'The command failed with exit code 3.' },
    { kind: 'final', status: 'completed' },
  ]);
  expect(usage).toEqual({
    inputTokens: 2_000,
    cachedInputTokens: 0,
    outputTokens: 100,
    costUsd: 0.0075,
  });
});

test.each([
  [
    'Attempt 1 failed with status 500. Retrying with backoff... _ApiError: {"error":{"code":500,"message":"oops"}}',
    { message: '500 oops', number: 1, reason: 'ModelUnavailable' },
  ],
  [
    'Attempt 2 failed: Quota exceeded, limit: 500. Please retry in 46.7s.. Retrying after 50012ms...',
    {
      message: 'Quota exceeded, limit: 500. Please retry in 46.7s.. Retrying after 50012ms...',
      number: 2,
      reason: 'AgentRateLimited',
      retryAfterSeconds: 47,
    },
  ],
  [
    'Attempt 1 failed. Retrying with backoff... Error: exception TypeError: fetch failed sending request',
    {
      message: 'exception TypeError: fetch failed sending request',
      number: 1,
      reason: 'ModelUnavailable',
    },
  ],
])('before a pause, "%s" is told', (line, told) => {
  expect(geminiDriver.parse(line, 'e')).toEqual([{ kind: 'retry', ...told }]);
});

test('the last try in vain is no retry', () => {
  expect(geminiDriver.parse('Attempt 4 failed: oops. Max attempts reached', 'e')).toBeUndefined();
});

test('one that stopped itself is not done, whatever it says', () => {
  const message = 'Loop detected, stopping execution';
  const events = [
    { kind: 'text', text: 'Again.' },
    { kind: 'error', message },
    { kind: 'final', status: 'completed' },
  ] as const;

  const verdict = geminiDriver.classify({ exit: { kind: 'exited', code: 0 }, events, lastLines: [] });

  expect(verdict).toMatchObject({ reason: 'AgentFailed', words: message });
});

test('odd lines are no error', () => {
  for (const line of oddLines(['init', 'message', 'tool_use', 'tool_result', 'error', 'result'])) {
    expect(() => geminiDriver.parse(line, 'o')).not.toThrow();
    expect(geminiDriver.parse(line, 'e')).toBeUndefined();
  }
});

test('key and host stand in the environment, and nowhere else', () => {
  const preparation = geminiDriver.prepare(
    driverRun({ model: 'gemini-2.5-pro', modelHost: { baseUrl: 'http://gateway' } }, 'the-key'),
  );

  expect(preparation.environment).toMatchObject({
    GEMINI_API_KEY: 'the-key',
    GOOGLE_GEMINI_BASE_URL: 'http://gateway',
  });
  expect(preparation.argv).toContain('--model=gemini-2.5-pro');
  expect(JSON.stringify([preparation.argv, preparation.files])).not.toContain('the-key');
});

test("the maker's host is named where no other is, so that the tree cannot name one", () => {
  const { environment } = geminiDriver.prepare(driverRun());

  expect(environment['GOOGLE_GEMINI_BASE_URL']).toBe('https://generativelanguage.googleapis.com');
});

test('the key is checked by asking for the models', () => {
  expect(geminiDriver.modelCheck?.({ baseUrl: 'http://gateway/' }, 'the-key')).toEqual({
    url: 'http://gateway/v1beta/models',
    headers: { 'x-goog-api-key': 'the-key' },
  });
});
