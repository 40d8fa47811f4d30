import { describe, expect, test } from 'vitest';

import { driverRun } from '../testing/driver-run.ts';
import { replay } from '../testing/recording.ts';
import { codexDriver } from './codex.ts';

describe('what it is started with', () => {
  test('the key is in the environment alone, and the shell of the model does not get it', () => {
    const { argv, environment, files } = codexDriver.prepare(driverRun({}, 'sk-secret'));

    expect(JSON.stringify([argv, files])).not.toContain('sk-secret');
    expect(environment).toMatchObject({ MODEL_HOST_KEY: 'sk-secret', CODEX_HOME: '/home/agent/.codex' });
    expect(argv).toContain('shell_environment_policy.exclude=["MODEL_HOST_KEY","RUST_LOG"]');
    expect(argv.join(' ')).toContain('env_key="MODEL_HOST_KEY"');
  });

  test('the prompt is its input, whatever its length', () => {
    const run = { ...driverRun({}), prompt: 'x'.repeat(200_000) };

    const { argv, stdin } = codexDriver.prepare(run);

    expect(stdin).toBe(run.prompt);
    expect(argv.at(-1)).toBe('-');
    expect(argv.join(' ').length).toBeLessThan(2_000);
  });

  test.each([
    [undefined, 'base_url="https://api.openai.com/v1"'],
    ['http://gateway.example/v1', 'base_url="http://gateway.example/v1"'],
    ['http://a.example/"}\n[x]', String.raw`base_url="http://a.example/\"}\n[x]"`],
  ])('the model host %j is always told', (baseUrl, told) => {
    const modelHost = baseUrl === undefined ? {} : { modelHost: { baseUrl } };

    const { argv } = codexDriver.prepare(driverRun(modelHost));

    expect(argv.find((argument) => argument.startsWith('model_providers.host='))).toContain(told);
  });

  test('without a key none is expected', () => {
    const { argv, environment } = codexDriver.prepare(driverRun({}));

    expect(argv.join(' ')).not.toContain('env_key');
    expect(environment).not.toHaveProperty('MODEL_HOST_KEY');
  });

  test('a host of another kind is refused', () => {
    const run = driverRun({ modelHost: { baseUrl: 'http://a.example', api: 'anthropic' } });

    expect(() => codexDriver.prepare(run)).toThrow(/OpenAI Responses API alone/);
  });
});

describe('recorded runs', () => {
  test('edited and committed', () => {
    const { events, usage, verdict } = replay(codexDriver, 'codex/edited-and-committed');

    expect(events).toEqual([
      { kind: 'tool', name: 'apply_patch' },
      { kind: 'text', text: 'Now I commit it.' },
      { kind: 'tool', name: 'shell', exitCode: 0, bytes: 0, output: '' },
      { kind: 'text', text: 'I added hello.txt and committed it.' },
      { kind: 'final', status: 'completed' },
    ]);
    expect(usage).toEqual({ inputTokens: 3_000, cachedInputTokens: 0, outputTokens: 150 });
    expect(verdict).toEqual({ summary: 'I added hello.txt and committed it.' });
  });

  test('a tool that failed', () => {
    const { events, verdict } = replay(codexDriver, 'codex/tool-failed');

    const output = 'some output\nsome trouble\n';
    const tool = { kind: 'tool', name: 'shell', exitCode: 3, failed: true, bytes: 25, output };
    expect(events[0]).toEqual(tool);
    expect(verdict).toEqual({ summary: 'The command failed with exit code 3.' });
  });

  test('two tools at once', () => {
    const { events } = replay(codexDriver, 'codex/two-tools');

    expect(events.filter(({ kind }) => kind === 'tool')).toMatchObject([
      { output: 'first\n' },
      { output: 'second\n' },
    ]);
  });

  test.each([
    ['no-change', 'There is nothing to do.'],
    ['edited-only', 'I added hello.txt.'],
    ['rate-limited-twice', 'There is nothing to do.'],
    ['unknown-model', 'There is nothing to do.'],
  ])('%s ends well', (name, summary) => {
    expect(replay(codexDriver, `codex/${name}`).verdict).toEqual({ summary });
  });

  test.each([
    ['unauthorized', 'AgentUnauthorized', 'unexpected status 401 Unauthorized: this key is not accepted'],
    ['rate-limited', 'AgentRateLimited', 'exceeded retry limit, last status: 429 Too Many Requests'],
    ['server-error', 'ModelUnavailable', 'We’re currently experiencing high demand'],
    ['cut-stream', 'ModelUnavailable', 'stream disconnected before completion'],
  ])('%s ends as %s', (name, reason, words) => {
    const { events, verdict } = replay(codexDriver, `codex/${name}`);

    expect(verdict).toMatchObject({ reason, message: 'codex ended with exit code 1' });
    expect(verdict.words).toContain(words);
    const retries = events.filter((event) => event.kind === 'retry');
    expect(retries).toMatchObject([1, 2, 3, 4, 5].map((number) => ({ number, reason })));
  });

  test('interrupted', () => {
    const { events, verdict } = replay(codexDriver, 'codex/interrupted');

    expect(events.at(-1)).toEqual({ kind: 'tool', name: 'shell' });
    expect(verdict).toMatchObject({ reason: 'AgentFailed' });
  });
});

describe('single lines', () => {
  test.each([
    ['budget reached', 'BudgetExceeded', undefined],
    ['Rate limit reached for gpt-5. Please try again in 7.3s.', 'AgentRateLimited', 8],
    ['Quota exceeded. Check your plan and billing details.', 'AgentRateLimited', undefined],
    ['the model refused', undefined, undefined],
  ])('a turn that failed with "%s" comes to %s', (message, reason, retryAfterSeconds) => {
    const events = parse({ type: 'turn.failed', error: { message } });

    expect(events).toEqual([
      {
        kind: 'final',
        status: 'failed',
        message,
        ...(reason !== undefined && { reason }),
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      },
    ]);
  });

  test('the JSON of a refusal is not told', () => {
    const message = '{"error":{"message":"no such model","type":"invalid_request_error"}}';

    expect(parse({ type: 'error', message })).toEqual([{ kind: 'error', message: 'no such model' }]);
    expect(parse({ type: 'turn.failed', error: { message } })).toMatchObject([{ message: 'no such model' }]);
  });

  test('a tool of an MCP server has its name and what it said', () => {
    const item = {
      id: 'item_1',
      type: 'mcp_tool_call',
      server: 'docs',
      tool: 'search',
      result: { content: [{ type: 'text', text: 'found' }] },
      status: 'completed',
    };

    expect(parse({ type: 'item.completed', item })).toEqual([
      { kind: 'toolStarted', id: 'item_1', name: 'docs.search' },
      { kind: 'toolEnded', id: 'item_1', bytes: 5, output: 'found' },
    ]);
  });

  const answered =
    '2026-11-26T02:34:49.875076Z  INFO codex_otel.trace_safe: event.name="codex.sse_event" ' +
    'event.kind=response.completed input_token_count=1000 output_token_count=50 cached_token_count=10 ttft_ms=2';

  test('the trace tells the usage of each answer', () => {
    const usage = { inputTokens: 1_000, outputTokens: 50, cachedInputTokens: 10 };

    expect(codexDriver.parse(answered, 'e')).toMatchObject([{ kind: 'step', usage }]);
    expect(codexDriver.parse(answered.replace('response.completed', 'response.created'), 'e')).toEqual([]);
  });

  test.each([
    ['the trace on the standard output', answered, 'o'],
    ['an event on the error output', '{"type":"turn.completed"}', 'e'],
    ['another log line', '2026-11-26T02:23:49.119371Z ERROR codex_core::session: failed', 'e'],
    ['a word before the trace', `said ${answered}`, 'e'],
  ] as const)('%s is no event', (_what, line, stream) => {
    expect(codexDriver.parse(line, stream)).toBeUndefined();
  });

  test.each([
    '{',
    '{}',
    '[]',
    'null',
    '{"type":null}',
    '{"type":"item.completed"}',
    '{"type":"item.completed","item":[]}',
    '{"type":"item.completed","item":{"type":"agent_message","text":7}}',
    '{"type":"item.completed","item":{"type":"error"}}',
    '{"type":"item.completed","item":{"type":"command_execution","exit_code":1.5,"aggregated_output":{}}}',
    '{"type":"item.completed","item":{"type":"mcp_tool_call","server":1,"result":[],"error":"x"}}',
    '{"type":"item.completed","item":{"type":"constructor"}}',
    '{"type":"item.started","item":{"type":"web_search"}}',
    '{"type":"turn.completed","usage":{"input_tokens":-1,"output_tokens":"9"}}',
    '{"type":"turn.failed","error":"no object"}',
    '{"type":"error"}',
    '{"type":"error","message":"Reconnecting..."}',
  ])('nothing is thrown for %s', (line) => {
    const events = codexDriver.parse(line, 'o') ?? [];

    for (const event of events) expect(JSON.stringify(event)).not.toContain('"type"');
  });
});

test('words of any length are taken', () => {
  const message = `Reconnecting... ${'('.repeat(1_000_000)}`;

  expect(parse({ type: 'error', message })).toMatchObject([{ kind: 'retry' }]);
});

test('the model host is asked for its models', () => {
  const check = codexDriver.modelCheck?.({ baseUrl: 'http://gateway.example/v1/' }, 'sk-secret');

  expect(check).toEqual({
    url: 'http://gateway.example/v1/models',
    headers: { authorization: 'Bearer sk-secret' },
  });
});

function parse(event: object): unknown {
  return codexDriver.parse(JSON.stringify(event), 'o');
}
