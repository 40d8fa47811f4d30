import type {
  Answer,
  Dialect,
  HistoryItem,
  ModelRequest,
  Refusal,
  SentEvent,
  TokenCount,
} from './dialect.ts';
import { pieces } from './pieces.ts';

interface Block {
  readonly type: string;
  readonly text?: string;
}

interface Body {
  readonly model?: string;
  readonly stream?: boolean;
  readonly tools?: readonly { name: string; input_schema?: { properties?: object } }[];
  readonly messages?: readonly { role: string; content: string | readonly Block[] }[];
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** Anthropic's Messages: `POST …/v1/messages`. */
export const anthropicMessages: Dialect = {
  name: 'anthropic',
  serves: (path) => path.endsWith('/messages'),
  read,
  whole,
  events,
  refusal,
};

function read(input: unknown): ModelRequest {
  const body = input as Body;
  return {
    model: body.model ?? '',
    wantsStream: body.stream === true,
    tools: (body.tools ?? []).map((tool) => ({
      name: tool.name,
      isCustom: false,
      parameters: Object.keys(tool.input_schema?.properties ?? {}),
    })),
    history: (body.messages ?? [])
      .filter(({ role }) => role === 'user')
      .flatMap(({ content }) => items(content)),
  };
}

function items(content: string | readonly Block[]): HistoryItem[] {
  if (typeof content === 'string') return [{ kind: 'prompt', text: content }];
  return content.flatMap((block): HistoryItem[] => {
    if (block.type === 'tool_result') return [{ kind: 'toolResult' }];
    return block.type === 'text' ? [{ kind: 'prompt', text: block.text ?? '' }] : [];
  });
}

function blocks({ words, calls }: Answer): object[] {
  return [
    ...(words === undefined ? [] : [{ type: 'text', text: words }]),
    ...calls.map(({ id, name, input }) => ({ type: 'tool_use', id: `toolu_${id}`, name, input })),
  ];
}

function usage(tokens: TokenCount): object {
  return {
    input_tokens: tokens.in,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: tokens.out,
  };
}

function whole(answer: Answer): object {
  return {
    id: `msg_${answer.id}`,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: blocks(answer),
    stop_reason: stopReason(answer),
    stop_sequence: null,
    usage: usage(answer.usage),
  };
}

function stopReason({ calls }: Answer): string {
  return calls.length > 0 ? 'tool_use' : 'end_turn';
}

function events(answer: Answer): SentEvent[] {
  const begun = { ...answer.usage, out: 1 };
  const message = { ...whole(answer), content: [], stop_reason: null, usage: usage(begun) };
  const texts = answer.words === undefined ? [] : [answer.words];
  return [
    event('message_start', { message }),
    ...texts.flatMap((text) => textEvents(text)),
    ...answer.calls.flatMap(({ id, name, input }, index) => {
      const block = { type: 'tool_use', id: `toolu_${id}`, name, input: {} };
      const deltas = pieces(JSON.stringify(input)).map((part) => ({
        type: 'input_json_delta',
        partial_json: part,
      }));
      return blockEvents(index + texts.length, block, deltas);
    }),
    event('message_delta', {
      delta: { stop_reason: stopReason(answer), stop_sequence: null },
      usage: usage(answer.usage),
    }),
    event('message_stop', {}),
  ];
}

function textEvents(text: string): SentEvent[] {
  const deltas = pieces(text).map((part) => ({ type: 'text_delta', text: part }));
  return blockEvents(0, { type: 'text', text: '' }, deltas);
}

function blockEvents(index: number, block: object, deltas: readonly object[]): SentEvent[] {
  return [
    event('content_block_start', { index, content_block: block }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ];
}

function event(type: string, rest: object): SentEvent {
  return { name: type, data: { type, ...rest } };
}

function refusal({ status, message }: Refusal): object {
  return { type: 'error', error: { type: errorTypes[status] ?? 'api_error', message } };
}
