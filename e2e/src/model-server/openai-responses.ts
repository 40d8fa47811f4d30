import type {
  Answer,
  Dialect,
  HistoryItem,
  ModelRequest,
  SentEvent,
  TokenCount,
  ToolCall,
} from './dialect.ts';
import { textOf, type Content } from './openai-content.ts';
import { openaiError } from './openai-error.ts';
import { pieces } from './pieces.ts';

interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: Content;
}

interface Body {
  readonly model?: string;
  readonly stream?: boolean;
  readonly tools?: readonly { type: string; name?: string; parameters?: { properties?: object } }[];
  readonly input?: string | readonly Item[];
}

interface TypedEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** OpenAI's Responses: `POST …/responses`. */
export const openaiResponses: Dialect = {
  name: 'responses',
  serves: (path) => path.endsWith('/responses'),
  read,
  whole,
  events,
  refusal: openaiError,
};

function read(input: unknown): ModelRequest {
  const body = input as Body;
  const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : (body.input ?? []);
  return {
    model: body.model ?? '',
    wantsStream: body.stream === true,
    tools: (body.tools ?? []).map((tool) => ({
      name: tool.name ?? tool.type,
      isCustom: tool.type === 'custom',
      parameters: Object.keys(tool.parameters?.properties ?? {}),
    })),
    history: items.flatMap((item): HistoryItem[] => {
      if (item.type?.endsWith('_output') === true) return [{ kind: 'toolResult' }];
      return item.role === 'user' ? [{ kind: 'prompt', text: textOf(item.content) }] : [];
    }),
  };
}

function usage(tokens: TokenCount): object {
  return {
    input_tokens: tokens.in,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens.out,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: tokens.in + tokens.out,
  };
}

function response(answer: Answer, state: object): object {
  return {
    id: `resp_${answer.id}`,
    object: 'response',
    created_at: answer.createdSeconds,
    model: answer.model,
    ...state,
  };
}

function messageItem(answer: Answer, text: string): object {
  const content = [{ type: 'output_text', text, annotations: [] }];
  return { type: 'message', id: `msg_${answer.id}`, role: 'assistant', status: 'completed', content };
}

function callItem({ id, name, input, isCustom }: ToolCall): object {
  const common = { call_id: `call_${id}`, name, status: 'completed' };
  if (isCustom) return { type: 'custom_tool_call', id: `ctc_${id}`, ...common, input };
  return { type: 'function_call', id: `fc_${id}`, ...common, arguments: JSON.stringify(input) };
}

function output(answer: Answer): object[] {
  const words = answer.words === undefined ? [] : [messageItem(answer, answer.words)];
  return [...words, ...answer.calls.map((call) => callItem(call))];
}

function completed(answer: Answer): object {
  return response(answer, { status: 'completed', output: output(answer), usage: usage(answer.usage) });
}

function whole(answer: Answer): object {
  return completed(answer);
}

function events(answer: Answer): SentEvent[] {
  const texts = answer.words === undefined ? [] : [answer.words];
  const typed: TypedEvent[] = [
    { type: 'response.created', response: response(answer, { status: 'in_progress', output: [] }) },
    ...texts.flatMap((text) => messageEvents(answer, text)),
    ...answer.calls.flatMap((call, index) => callEvents(call, index + texts.length)),
    { type: 'response.completed', response: completed(answer) },
  ];
  return typed.map((data, index) => ({ name: data.type, data: { ...data, sequence_number: index } }));
}

function messageEvents(answer: Answer, text: string): TypedEvent[] {
  const item = messageItem(answer, text);
  const place = { item_id: `msg_${answer.id}`, output_index: 0, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [] };
  return [
    itemEvent('added', 0, { ...item, status: 'in_progress', content: [] }),
    { type: 'response.content_part.added', ...place, part },
    ...pieces(text).map((delta) => ({ type: 'response.output_text.delta', ...place, delta })),
    { type: 'response.output_text.done', ...place, text },
    itemEvent('done', 0, item),
  ];
}

function callEvents(call: ToolCall, index: number): TypedEvent[] {
  const item = callItem(call);
  const empty = call.isCustom ? { input: '' } : { arguments: '' };
  return [
    itemEvent('added', index, { ...item, status: 'in_progress', ...empty }),
    itemEvent('done', index, item),
  ];
}

function itemEvent(what: 'added' | 'done', index: number, item: object): TypedEvent {
  return { type: `response.output_item.${what}`, output_index: index, item };
}
