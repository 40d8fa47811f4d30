import { describe, expect, it } from 'vitest';

import { anthropicMessages } from './anthropic-messages.ts';
import type { Answer, Dialect, SentEvent } from './dialect.ts';
import { gemini } from './gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';

const text = 'A text that is longer than what fits in one piece of a stream.';
const call = { id: 'c0', name: 'bash', isCustom: false, input: { command: 'ls' } };
const answer: Answer = {
  id: 'a0',
  model: 'm',
  createdSeconds: 1,
  words: text,
  calls: [call],
  usage: { in: 7, out: 3 },
};

function names(events: readonly SentEvent[]): (string | undefined)[] {
  return events.map(({ name }) => name).filter((name, index, all) => name !== all[index - 1]);
}

function data(events: readonly SentEvent[], index: number): unknown {
  return events.at(index)?.data;
}

describe('every dialect', () => {
  const asked: [Dialect, string, object][] = [
    [
      anthropicMessages,
      '/v1/messages',
      {
        tools: [{ name: 'bash', input_schema: { properties: { command: {} } } }],
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
          { role: 'assistant', content: [{ type: 'tool_use' }] },
          { role: 'user', content: [{ type: 'tool_result', content: 'no prompt' }] },
        ],
      },
    ],
    [
      openaiChat,
      '/v1/chat/completions',
      {
        tools: [{ function: { name: 'bash', parameters: { properties: { command: {} } } } }],
        messages: [
          { role: 'system', content: 'Rules' },
          { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
          { role: 'assistant', content: null },
          { role: 'tool', content: 'no prompt' },
        ],
      },
    ],
    [
      openaiResponses,
      '/v1/responses',
      {
        tools: [{ type: 'function', name: 'bash', parameters: { properties: { command: {} } } }],
        input: [
          { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
          { type: 'function_call' },
          { type: 'function_call_output', output: 'no prompt' },
        ],
      },
    ],
    [
      gemini,
      '/v1beta/models/m:generateContent',
      {
        tools: [{ functionDeclarations: [{ name: 'bash', parameters: { properties: { command: {} } } }] }],
        contents: [
          { role: 'user', parts: [{ text: 'Hi' }] },
          { role: 'model', parts: [{ functionCall: {} }] },
          { role: 'user', parts: [{ functionResponse: { response: 'no prompt' } }] },
        ],
      },
    ],
  ];

  it.each(asked)('$0.name finds tools, prompts and results', (dialect, path, body) => {
    const request = dialect.read({ model: 'm', ...body }, path);

    expect(dialect.serves(path)).toBe(true);
    expect(request).toEqual({
      model: 'm',
      wantsStream: false,
      tools: [{ name: 'bash', isCustom: false, parameters: ['command'] }],
      history: [{ kind: 'prompt', text: 'Hi' }, { kind: 'toolResult' }],
    });
  });
});

describe("Anthropic's stream", () => {
  const events = anthropicMessages.events(answer);

  it('opens and closes each block', () => {
    expect(names(events)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('ends with the reason and what was used', () => {
    expect(data(events, -2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'tool_use' },
      usage: { input_tokens: 7, output_tokens: 3 },
    });
  });
});

describe("OpenAI Chat's stream", () => {
  const events = openaiChat.events(answer);

  it('tells text, call, reason and usage in this order', () => {
    expect(data(events, -4)).toMatchObject({
      choices: [{ delta: { tool_calls: [{ id: 'call_c0', function: { arguments: '{"command":"ls"}' } }] } }],
    });
    expect(data(events, -3)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] });
    expect(data(events, -2)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 3 },
    });
    expect(data(events, -1)).toBe('[DONE]');
  });
});

describe("OpenAI Responses' stream", () => {
  const events = openaiResponses.events(answer);

  it('opens and closes each item', () => {
    expect(names(events)).toEqual([
      'response.created',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  it('numbers its events and ends with the whole answer', () => {
    expect(data(events, -1)).toMatchObject({
      sequence_number: events.length - 1,
      response: { status: 'completed', usage: { total_tokens: 10 }, output: [{}, { call_id: 'call_c0' }] },
    });
  });

  it("gives a custom tool's text as it is", () => {
    const custom = { ...call, isCustom: true, input: 'a text' };

    const [item] = (
      openaiResponses.whole({ ...answer, words: undefined, calls: [custom] }) as { output: object[] }
    ).output;

    expect(item).toMatchObject({ type: 'custom_tool_call', input: 'a text' });
  });
});

describe("Gemini's stream", () => {
  it('finishes with its last message alone', () => {
    const messages = gemini.events(answer).map((event) => event.data);

    expect(messages).toHaveLength(3);
    expect(messages.map((message) => JSON.stringify(message).includes('finishReason'))).toEqual([
      false,
      false,
      true,
    ]);
    expect(messages.at(-1)).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { name: 'bash', args: { command: 'ls' } } }] } }],
      usageMetadata: { totalTokenCount: 10 },
    });
  });

  it('tells in its error when to come back', () => {
    expect(gemini.refusal({ status: 429, message: 'later', retryAfterSeconds: 7 })).toMatchObject({
      error: { status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '7s' }] },
    });
  });
});
