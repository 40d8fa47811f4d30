import { expect, test } from 'vitest';

import type { Verdict } from '../driver.ts';
import { driverRun } from '../testing/driver-run.ts';
import { oddLines } from '../testing/odd-lines.ts';
import { replay } from '../testing/recording.ts';
import { piDriver } from './pi.ts';

const modelHost = { baseUrl: 'http://gateway/v1' };
const failed = 'pi says that it failed';

test.each([
  ['edited-and-committed', { summary: 'I added hello.txt and committed it.' }],
  ['edited-only', { summary: 'I added hello.txt.' }],
  ['no-change', { summary: 'There is nothing to do.' }],
  ['rate-limited-twice', { summary: 'There is nothing to do.' }],
  ['two-tools', { summary: 'Both are done.' }],
  ['unauthorized', { reason: 'AgentUnauthorized', message: failed, words: '401: this key is not accepted' }],
  ['rate-limited', { reason: 'AgentRateLimited', message: failed, words: '429: scripted 429' }],
  ['server-error', { reason: 'ModelUnavailable', message: failed, words: '500: scripted 500' }],
  ['unreachable', { reason: 'ModelUnavailable', message: failed, words: 'Connection error.' }],
  ['cut-stream', { reason: 'ModelUnavailable', message: failed, words: 'terminated' }],
  ['interrupted', { reason: 'AgentFailed', message: 'pi was ended by SIGINT', words: 'This takes long.' }],
] satisfies [string, Verdict][])('%s', (name, verdict) => {
  expect(replay(piDriver, `pi/${name}`).verdict).toEqual(verdict);
});

test('of tools name, exit code and output are told', () => {
  const { events, usage } = replay(piDriver, 'pi/tool-failed');

  expect(events).toMatchObject([
    { kind: 'tool', name: 'bash', exitCode: 3, failed: true, bytes: 53 },
    { kind: 'text', text: 'The command failed with exit code 3.' },
    { kind: 'final', status: 'completed' },
  ]);
  expect(usage).toMatchObject({ inputTokens: 2_000, outputTokens: 100, costUsd: 0.0075 });
});

test('each retry is told with its number and what it comes to', () => {
  const { events } = replay(piDriver, 'pi/rate-limited-twice');

  const retry = { kind: 'retry', message: '429: scripted 429', reason: 'AgentRateLimited' };
  expect(events.filter(({ kind }) => kind === 'retry')).toEqual([
    { ...retry, number: 1 },
    { ...retry, number: 2 },
  ]);
});

test('a cost of nothing is that of a model without a price, and is not told', () => {
  const usage = { input: 10, output: 5, cacheRead: 90, cacheWrite: 0, cost: { total: 0 } };
  const message = { role: 'assistant', content: [], usage, responseId: 'a', stopReason: 'toolUse' };

  const events = piDriver.parse(JSON.stringify({ type: 'message_end', message }), 'o');

  const told = { inputTokens: 100, cachedInputTokens: 90, outputTokens: 5 };
  expect(events).toEqual([{ kind: 'step', id: 'a', usage: told }]);
});

test('an answer that was cut for its length is not the end of the work', () => {
  const content = [{ type: 'text', text: 'And then' }];
  const message = { role: 'assistant', content, stopReason: 'length' };
  const events = [
    { kind: 'text', text: 'And then' },
    { kind: 'final', status: 'failed', message: 'the answer of the model was too long for it' },
  ] as const;

  expect(piDriver.parse(JSON.stringify({ type: 'message_end', message }), 'o')).toEqual(events);
});

test('odd lines are no error', () => {
  const types = [
    'message_end',
    'tool_execution_start',
    'tool_execution_end',
    'auto_retry_start',
    'agent_end',
  ];
  for (const line of oddLines(types)) {
    expect(() => piDriver.parse(line, 'o')).not.toThrow();
    expect(piDriver.parse(line, 'e')).toBeUndefined();
  }
});

test('the key stands in the environment, and nowhere else', () => {
  const price = { inputUsd: 3, outputUsd: 15, cachedInputUsd: 0.3 };
  const preparation = piDriver.prepare(driverRun({ model: 'm1', modelHost, price }, 'the-key'));

  expect(preparation.environment).toMatchObject({
    MODEL_API_KEY: 'the-key',
    PI_CODING_AGENT_DIR: '/tmp/scratch/pi',
  });
  expect(JSON.stringify([preparation.argv, preparation.files])).not.toContain('the-key');
  const models = preparation.files?.find(({ path }) => path === 'pi/models.json');
  expect(JSON.parse(models?.content ?? '')).toEqual({
    providers: {
      verve: {
        baseUrl: 'http://gateway/v1',
        api: 'openai-completions',
        apiKey: '$MODEL_API_KEY',
        models: [{ id: 'm1', name: 'm1', cost: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3 } }],
      },
    },
  });
});

test.each([[{ modelHost }], [{ model: 'm1' }], [{ model: 'm1', modelHost: {} }]])(
  'an entry of %j alone is too little',
  (agent) => {
    expect(() => piDriver.prepare(driverRun(agent))).toThrow(/^the agent "coder" needs a model/);
  },
);

test.each([
  [
    { baseUrl: 'http://gateway/v1/' },
    { url: 'http://gateway/v1/models', headers: { authorization: 'Bearer the-key' } },
  ],
  [
    { baseUrl: 'http://gateway', api: 'anthropic' as const },
    {
      url: 'http://gateway/v1/models',
      headers: { 'anthropic-version': '2023-06-01', 'x-api-key': 'the-key' },
    },
  ],
  [{}, undefined],
])('the key is checked at %j by asking for the models', (host, check) => {
  expect(piDriver.modelCheck?.(host, 'the-key')).toEqual(check);
});
