import type { Answer, Dialect, HistoryItem, ModelRequest, SentEvent, TokenCount } from './dialect.ts';
import { textOf, type Content } from './openai-content.ts';
import { openaiError } from './openai-error.ts';
import { pieces } from './pieces.ts';

interface Body {
  readonly model?: string;
  readonly stream?: boolean;
  readonly tools?: readonly { function?: { name: string; parameters?: { properties?: object } } }[];
  readonly messages?: readonly { role: string; content?: Content }[];
}

/** OpenAI's Chat Completions: `POST …/chat/completions`. */
export const openaiChat: Dialect = {
  name: 'chat',
  serves: (path) => path.endsWith('/chat/completions'),
  read,
  whole,
  events,
  refusal: openaiError,
};

function read(input: unknown): ModelRequest {
  const body = input as Body;
  return {
    model: body.model ?? '',
    wantsStream: body.stream === true,
    tools: (body.tools ?? []).map((tool) => ({
      name: tool.function?.name ?? '',
      isCustom: false,
      parameters: Object.keys(tool.function?.parameters?.properties ?? {}),
    })),
    history: (body.messages ?? []).flatMap(({ role, content }): HistoryItem[] => {
      if (role === 'tool') return [{ kind: 'toolResult' }];
      return role === 'user' ? [{ kind: 'prompt', text: textOf(content) }] : [];
    }),
  };
}

function usage(tokens: TokenCount): object {
  return {
    prompt_tokens: tokens.in,
    completion_tokens: tokens.out,
    total_tokens: tokens.in + tokens.out,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}

function toolCalls({ calls }: Answer): object[] {
  return calls.map(({ id, name, input }, index) => ({
    index,
    id: `call_${id}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
}

function finishReason({ calls }: Answer): string {
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

function head({ id, createdSeconds, model }: Answer): object {
  return { id: `chatcmpl-${id}`, created: createdSeconds, model };
}

function whole(answer: Answer): object {
  const calls = toolCalls(answer);
  const message = {
    role: 'assistant',
    content: answer.words ?? null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  return {
    ...head(answer),
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finishReason(answer) }],
    usage: usage(answer.usage),
  };
}

function events(answer: Answer): SentEvent[] {
  const base = { ...head(answer), object: 'chat.completion.chunk' };
  function chunk(delta: object, finish: string | null = null): SentEvent {
    return { data: { ...base, choices: [{ index: 0, delta, finish_reason: finish }] } };
  }
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(answer.words ?? '').map((part) => chunk({ content: part })),
    ...toolCalls(answer).map((call) => chunk({ tool_calls: [call] })),
    chunk({}, finishReason(answer)),
    { data: { ...base, choices: [], usage: usage(answer.usage) } },
    { data: '[DONE]' },
  ];
}
