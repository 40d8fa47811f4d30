import type { Answer, Dialect, HistoryItem, ModelRequest, Refusal, SentEvent } from './dialect.ts';
import { pieces } from './pieces.ts';

interface Part {
  readonly text?: string;
  readonly functionResponse?: unknown;
}

interface Declaration {
  readonly name: string;
  readonly parameters?: { properties?: object };
  readonly parametersJsonSchema?: { properties?: object };
}

interface Body {
  readonly tools?: readonly { functionDeclarations?: readonly Declaration[] }[];
  readonly contents?: readonly { role?: string; parts?: readonly Part[] }[];
}

const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/** Gemini's: `POST …/models/<model>:generateContent` and `:streamGenerateContent`. */
export const gemini: Dialect = {
  name: 'gemini',
  serves: (path) => /:(?:g|streamG)enerateContent$/.test(path),
  read,
  whole: (answer) => message(answer, parts(answer), 'STOP'),
  events,
  refusal,
};

function read(input: unknown, path: string): ModelRequest {
  const body = input as Body;
  return {
    model: /\/models\/([^/:]+):/.exec(path)?.[1] ?? '',
    wantsStream: path.endsWith(':streamGenerateContent'),
    tools: (body.tools ?? [])
      .flatMap(({ functionDeclarations }) => functionDeclarations ?? [])
      .map((declared) => ({
        name: declared.name,
        isCustom: false,
        parameters: Object.keys((declared.parametersJsonSchema ?? declared.parameters)?.properties ?? {}),
      })),
    history: (body.contents ?? [])
      .filter(({ role }) => role !== 'model')
      .flatMap(({ parts }) => (parts ?? []).map((part) => item(part))),
  };
}

function item(part: Part): HistoryItem {
  if (part.functionResponse !== undefined) return { kind: 'toolResult' };
  return { kind: 'prompt', text: part.text ?? '' };
}

function parts({ words, calls }: Answer): object[] {
  return [
    ...(words === undefined ? [] : [{ text: words }]),
    ...calls.map(({ id, name, input }) => ({ functionCall: { id, name, args: input } })),
  ];
}

function message(answer: Answer, content: readonly object[], finish?: string): object {
  const { in: prompt, out } = answer.usage;
  return {
    candidates: [
      {
        content: { role: 'model', parts: content },
        index: 0,
        ...(finish === undefined ? {} : { finishReason: finish }),
      },
    ],
    usageMetadata: {
      promptTokenCount: prompt,
      candidatesTokenCount: out,
      totalTokenCount: prompt + out,
    },
    modelVersion: answer.model,
    responseId: answer.id,
  };
}

function events(answer: Answer): SentEvent[] {
  const texts = pieces(answer.words ?? '').map((text) => [{ text }]);
  const called = parts({ ...answer, words: undefined });
  const all = called.length > 0 ? [...texts, called] : texts;
  return all.map((content, index) => ({
    data: message(answer, content, index === all.length - 1 ? 'STOP' : undefined),
  }));
}

function refusal({ status, message, retryAfterSeconds }: Refusal): object {
  const retry = {
    '@type': 'type.googleapis.com/google.rpc.RetryInfo',
    retryDelay: `${retryAfterSeconds}s`,
  };
  const details = retryAfterSeconds === undefined ? {} : { details: [retry] };
  return { error: { code: status, message, status: statusNames[status] ?? 'INTERNAL', ...details } };
}
