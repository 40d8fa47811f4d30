import { describe, expect, test } from 'vitest';

import type { Preparation } from '../driver.ts';
import { driverRun } from '../testing/driver-run.ts';
import { replay } from '../testing/recording.ts';
import { opencodeDriver } from './opencode.ts';

const agent = { model: 'm1', modelHost: { baseUrl: 'http://gateway.example/v1' } };

describe('what it is started with', () => {
  test('the key is in a variable of its own alone', () => {
    const { environment, ...rest } = opencodeDriver.prepare(driverRun(agent, 'sk-secret'));
    const { MODEL_HOST_KEY: key, ...others } = environment;

    expect(key).toBe('sk-secret');
    expect(JSON.stringify([others, rest])).not.toContain('sk-secret');
    expect(hostIn(environment)).toMatchObject({ options: { apiKey: '{env:MODEL_HOST_KEY}' } });
  });

  test('the prompt is its input, whatever its length', () => {
    const prompt = 'x'.repeat(200_000);

    const { argv, stdin } = opencodeDriver.prepare({ ...driverRun(agent), prompt });

    expect(stdin?.startsWith(prompt)).toBe(true);
    expect(argv.join(' ').length).toBeLessThan(1_000);
  });

  test.each([
    [undefined, '@ai-sdk/openai-compatible'],
    ['openai', '@ai-sdk/openai-compatible'],
    ['anthropic', '@ai-sdk/anthropic'],
  ] as const)('a host of the kind %s is spoken to with %s', (api, npm) => {
    const modelHost = { ...agent.modelHost, ...(api && { api }) };

    const { environment } = opencodeDriver.prepare(driverRun({ ...agent, modelHost }));

    expect(hostIn(environment)).toMatchObject({ npm, options: { baseURL: 'http://gateway.example/v1' } });
  });

  test('the price of the model is told', () => {
    const price = { inputUsd: 3, outputUsd: 15 };

    const { environment } = opencodeDriver.prepare(driverRun({ ...agent, price }));

    const cost = { input: 3, output: 15, cache_read: 3, cache_write: 3 };
    expect(hostIn(environment)).toMatchObject({ models: { m1: { cost } } });
  });

  test('a model with a slash in its name is one of the host', () => {
    const { argv } = opencodeDriver.prepare(driverRun({ ...agent, model: 'org/m1' }));

    expect(argv).toContain('--model=host/org/m1');
  });

  test.each([
    [{ ...agent, model: undefined }, /"coder" needs a model$/],
    [{ model: 'm1' }, /"coder" needs a model host/],
    [{ model: 'm1', modelHost: {} }, /"coder" needs a model host/],
  ])('an agent without one of the two is refused', ({ model, ...rest }, words) => {
    const run = driverRun({ ...rest, ...(model !== undefined && { model }) });

    expect(() => opencodeDriver.prepare(run)).toThrow(words);
  });
});

describe('recorded runs', () => {
  test('edited and committed', () => {
    const { events, usage, verdict } = replay(opencodeDriver, 'opencode/edited-and-committed');

    expect(events).toEqual([
      { kind: 'tool', name: 'write', bytes: 24, output: 'Wrote file successfully.' },
      { kind: 'text', text: 'Now I commit it.' },
      { kind: 'tool', name: 'bash', exitCode: 0, bytes: 11, output: '(no output)' },
      { kind: 'text', text: 'I added hello.txt and committed it.' },
      { kind: 'final', status: 'completed' },
    ]);
    expect(usage).toMatchObject({ inputTokens: 3_000, outputTokens: 150 });
    expect(usage?.costUsd).toBeCloseTo(0.011_25);
    expect(verdict).toEqual({ summary: 'I added hello.txt and committed it.' });
  });

  test('a tool that failed', () => {
    const { events } = replay(opencodeDriver, 'opencode/tool-failed');

    const output = 'some output\nsome trouble\n';
    expect(events[0]).toEqual({ kind: 'tool', name: 'bash', exitCode: 3, bytes: 25, output });
  });

  test.each([
    ['no-change', 'There is nothing to do.'],
    ['edited-only', 'I added hello.txt.'],
    ['rate-limited-twice', 'There is nothing to do.'],
    ['tool-failed', 'The command failed with exit code 3.'],
    ['two-tools', 'Both are done.'],
  ])('%s ends well', (name, summary) => {
    expect(replay(opencodeDriver, `opencode/${name}`).verdict).toEqual({ summary });
  });

  test.each([
    ['unauthorized', { reason: 'AgentUnauthorized', words: '401 this key is not accepted' }],
    ['rate-limited', { reason: 'AgentRateLimited', words: '429 scripted 429', retryAfterSeconds: 7 }],
    ['server-error', { reason: 'ModelUnavailable', words: '500 scripted 500' }],
    ['unreachable', { reason: 'ModelUnavailable' }],
    ['cut-stream', { reason: 'ModelUnavailable' }],
  ])('%s ends as it should', (name, expected) => {
    const { verdict } = replay(opencodeDriver, `opencode/${name}`);

    expect(verdict).toMatchObject({ ...expected, message: 'opencode ended with exit code 1' });
  });

  test('interrupted', () => {
    const { verdict } = replay(opencodeDriver, 'opencode/interrupted');

    expect(verdict.reason).toBe('AgentFailed');
    expect(verdict.message).toMatch(/^opencode was ended by SIG(?:INT|TERM)$/);
  });
});

describe('single lines', () => {
  const refused = (error: string): string =>
    'timestamp=2026-11-26T02:36:24.776Z level=ERROR run=96bfe776 message="stream error" providerID=host ' +
    `modelID=m1 session.id=ses_1 small=false agent=build mode=primary error.error=${error}`;

  test.each([
    [String.raw`"AI_APICallError: The \"quota\" is used"`, 'The "quota" is used', 'AgentRateLimited'],
    ['"AI_APICallError: scripted 500"', 'scripted 500', 'ModelUnavailable'],
    ['Timeout', 'Timeout', 'ModelUnavailable'],
    [String.raw`"AI_APICallError: {\"message\":\"busy\"}"`, 'busy', 'ModelUnavailable'],
    [String.raw`"AI_APICallError: \x"`, String.raw`"AI_APICallError: \x"`, 'ModelUnavailable'],
  ])('its log tells of the refusal %s', (error, message, reason) => {
    expect(opencodeDriver.parse(refused(error), 'e')).toEqual([{ kind: 'retry', message, reason }]);
  });

  test.each([
    ['the log on the standard output', refused('"x"'), 'o'],
    ['an event on the error output', '{"type":"text","part":{"text":"x"}}', 'e'],
    ['another line of the log', refused('"x"').replace('stream error', 'process'), 'e'],
    ['a line of the log without its end', refused('"x'), 'e'],
  ] as const)('%s is no event', (_what, line, stream) => {
    expect(opencodeDriver.parse(line, stream)?.filter(({ kind }) => kind !== 'retry') ?? []).toEqual([]);
  });

  test.each([
    ['stop', { kind: 'final', status: 'completed' }],
    ['other', { kind: 'final', status: 'completed' }],
    ['length', { kind: 'final', status: 'failed' }],
    ['content-filter', { kind: 'final', status: 'failed' }],
  ])('an answer that ended by "%s" is the end', (reason, final) => {
    expect(parse({ type: 'step_finish', part: { reason } })).toMatchObject([final]);
  });

  test.each(['tool-calls', 'unknown'])('an answer that ended by "%s" is not the end', (reason) => {
    expect(parse({ type: 'step_finish', part: { reason } })).toEqual([]);
  });

  test('a model without a price is not taken for free', () => {
    const tokens = { input: 10, output: 2, reasoning: 3, cache: { read: 100, write: 20 } };

    const events = parse({
      type: 'step_finish',
      part: { id: 'prt_1', reason: 'tool-calls', cost: 0, tokens },
    });

    const usage = { inputTokens: 130, cachedInputTokens: 100, outputTokens: 5 };
    expect(events).toEqual([{ kind: 'step', id: 'prt_1', usage }]);
  });

  test('a tool that broke says why', () => {
    const part = { tool: 'read', state: { status: 'error', error: 'File not found' } };

    const tool = { kind: 'tool', name: 'read', failed: true, bytes: 14, output: 'File not found' };
    expect(parse({ type: 'tool_use', part })).toEqual([tool]);
  });

  test.each([
    [{ name: 'ProviderAuthError', data: { message: 'no key' } }, 'AgentUnauthorized'],
    [{ name: 'APIError', data: { statusCode: 400, message: 'bad request' } }, undefined],
    [{ name: 'APIError', data: { statusCode: 403, message: 'x' } }, 'AgentUnauthorized'],
    [{ name: 'UnknownError', data: { message: 'Model not found: host/m1' } }, undefined],
  ])('the error %j comes to %s', (error, reason) => {
    const [event] = parse({ type: 'error', error }) ?? [];

    expect(event).toMatchObject({ kind: 'error', ...(reason !== undefined && { reason }) });
    expect(Object.keys(event ?? {}).includes('reason')).toBe(reason !== undefined);
  });

  test('the JSON of a refusal is not told', () => {
    const data = { message: '{"error":{"message":"no such model"}}', statusCode: 400 };

    const [event] = parse({ type: 'error', error: { name: 'APIError', data } }) ?? [];

    expect(event).toEqual({ kind: 'error', message: '400 no such model' });
  });

  test.each([
    ['7', 7],
    ['0.5', 1],
    ['100000', 86_400],
    ['Thu, 26 Nov 2026 02:36:24 GMT', undefined],
    [7, undefined],
  ])('a host that says "retry-after: %s" means %s seconds', (after, seconds) => {
    const data = { message: 'x', statusCode: 429, responseHeaders: { 'retry-after': after } };

    const final = parse({ type: 'error', error: { name: 'APIError', data } })?.at(-1);

    expect(final).toMatchObject({ kind: 'final', reason: 'AgentRateLimited' });
    expect(final?.kind === 'final' && final.retryAfterSeconds).toBe(seconds);
  });

  test.each([
    '{',
    '{}',
    'null',
    '{"type":7}',
    '{"type":"text"}',
    '{"type":"text","part":{"text":{}}}',
    '{"type":"tool_use"}',
    '{"type":"tool_use","part":{"tool":7,"state":"x"}}',
    '{"type":"tool_use","part":{"state":{"output":[],"metadata":{"exit":null}}}}',
    '{"type":"step_finish"}',
    '{"type":"step_finish","part":{"id":1,"tokens":{},"cost":"x","reason":{}}}',
    '{"type":"step_finish","part":{"id":"a","tokens":{"input":-1,"cache":7},"cost":null}}',
    '{"type":"step_finish","part":{"reason":"constructor"}}',
    '{"type":"error"}',
    '{"type":"error","error":"x"}',
    '{"type":"error","error":{"data":{"statusCode":"429","responseHeaders":[]}}}',
  ])('nothing is thrown for %s', (line) => {
    const events = opencodeDriver.parse(line, 'o') ?? [];

    for (const event of events) expect(JSON.stringify(event)).not.toContain('"type"');
  });
});

describe('the model host is asked for its models', () => {
  test.each([
    [undefined, { authorization: 'Bearer sk-secret' }],
    ['anthropic', { 'anthropic-version': '2023-06-01', 'x-api-key': 'sk-secret' }],
  ] as const)('of the kind %s', (api, headers) => {
    const check = opencodeDriver.modelCheck?.({ ...agent.modelHost, ...(api && { api }) }, 'sk-secret');

    expect(check).toEqual({ url: 'http://gateway.example/v1/models', headers });
  });

  test('without an address nobody is asked', () => {
    expect(opencodeDriver.modelCheck?.({}, 'sk-secret')).toBeUndefined();
  });
});

function hostIn(environment: Preparation['environment']): unknown {
  const config = JSON.parse(environment['OPENCODE_CONFIG_CONTENT'] ?? '') as { provider: { host: unknown } };
  return config.provider.host;
}

function parse(event: object): ReturnType<typeof opencodeDriver.parse> {
  return opencodeDriver.parse(JSON.stringify(event), 'o');
}
