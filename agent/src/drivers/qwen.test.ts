import { expect, test } from 'vitest';

import type { Verdict } from '../driver.ts';
import { driverRun } from '../testing/driver-run.ts';
import { oddLines } from '../testing/odd-lines.ts';
import { replay } from '../testing/recording.ts';
import { qwenDriver } from './qwen.ts';

const modelHost = { baseUrl: 'http://gateway/v1' };
const gaveUp = 'qwen ended with exit code 1';

test.each([
  ['edited-and-committed', { summary: 'I added hello.txt and committed it.' }],
  ['edited-only', { summary: 'I added hello.txt.' }],
  ['no-change', { summary: 'There is nothing to do.' }],
  ['rate-limited-twice', { summary: 'There is nothing to do.' }],
  ['two-tools', { summary: 'Both are done.' }],
  ['unauthorized', { reason: 'AgentUnauthorized', message: gaveUp, words: '401 this key is not accepted' }],
  ['rate-limited', { reason: 'AgentRateLimited', message: gaveUp, words: '429 scripted 429' }],
  [
    'unreachable',
    {
      reason: 'ModelUnavailable',
      message: gaveUp,
      words: 'Connection error. (cause: connect ECONNREFUSED model.example)',
    },
  ],
  [
    'cut-stream',
    {
      reason: 'ModelUnavailable',
      message: gaveUp,
      words: 'terminated (cause: UND_ERR_SOCKET: other side closed)',
    },
  ],
] satisfies [string, Verdict][])('%s', (name, verdict) => {
  expect(replay(qwenDriver, `qwen/${name}`).verdict).toEqual(verdict);
});

test('of tools name, exit code and output are told', () => {
  const { events, usage } = replay(qwenDriver, 'qwen/tool-failed', { inputUsd: 3, outputUsd: 15 });

  expect(events).toMatchObject([
    { kind: 'tool', name: 'run_shell_command', exitCode: 3, failed: true },
    { kind: 'text', text: 'The command failed with exit code 3.' },
    { kind: 'final', status: 'completed' },
  ]);
  expect(usage).toEqual({ inputTokens: 2_000, cachedInputTokens: 0, outputTokens: 100, costUsd: 0.0075 });
});

test.each([
  [{ reason: 'retry', preserveText: true }, undefined, 'ModelUnavailable'],
  [{ reason: 'retry', attempt: 3, maxRetries: 10, delayMs: 60_000 }, 3, 'AgentRateLimited'],
])('a retry of %j has the number %s and comes to %s', (data, number, reason) => {
  const line = JSON.stringify({ type: 'system', subtype: 'retry', data });

  const [event] = qwenDriver.parse(line, 'o') ?? [];

  expect(event).toMatchObject({ kind: 'retry', reason });
  expect(event?.kind === 'retry' && event.number).toBe(number);
});

test('words that only look like trouble are words', () => {
  const content = [{ type: 'text', text: '[API Error: 500] is what it printed.' }];
  const message = { id: '1', content, usage: { input_tokens: 10, output_tokens: 5 } };

  const events = qwenDriver.parse(JSON.stringify({ type: 'assistant', message }), 'o');

  expect(events).toMatchObject([{ kind: 'text' }, { kind: 'step', id: '1' }]);
});

test('odd lines are no error', () => {
  for (const line of oddLines(['system', 'assistant', 'user', 'stream_event', 'result'])) {
    expect(() => qwenDriver.parse(line, 'o')).not.toThrow();
    expect(qwenDriver.parse(line, 'e')).toBeUndefined();
  }
});

test('key and host stand in the environment, and nowhere else', () => {
  const preparation = qwenDriver.prepare(driverRun({ model: 'm1', modelHost }, 'the-key'));

  expect(preparation.environment).toMatchObject({
    OPENAI_API_KEY: 'the-key',
    OPENAI_BASE_URL: 'http://gateway/v1',
    QWEN_CODE_SYSTEM_SETTINGS_PATH: '/tmp/scratch/qwen/settings.json',
  });
  expect(preparation.argv).toContain('--model=m1');
  expect(JSON.stringify([preparation.argv, preparation.files])).not.toContain('the-key');
});

test.each([[{ modelHost }], [{ model: 'm1' }], [{ model: 'm1', modelHost: {} }]])(
  'an entry of %j alone is too little',
  (agent) => {
    expect(() => qwenDriver.prepare(driverRun(agent))).toThrow(/^the agent "coder" needs a model/);
  },
);

test('the key is checked by asking for the models', () => {
  expect(qwenDriver.modelCheck?.(modelHost, 'the-key')).toEqual({
    url: 'http://gateway/v1/models',
    headers: { authorization: 'Bearer the-key' },
  });
  expect(qwenDriver.modelCheck?.({}, 'the-key')).toBeUndefined();
});
