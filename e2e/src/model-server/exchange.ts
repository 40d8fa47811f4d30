import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { keyDigest, sentKey, type SentKey } from './access.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { refused, type Conversations, type Decision } from './conversation.ts';
import type { Dialect, ModelRequest } from './dialect.ts';
import { gemini } from './gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Reply } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';

const dialects: readonly Dialect[] = [anthropicMessages, openaiChat, openaiResponses, gemini];
const models = {
  object: 'list',
  data: [{ id: 'scripted', object: 'model', type: 'model', display_name: 'Scripted', created: 0 }],
  models: [{ name: 'models/scripted', displayName: 'Scripted' }],
};

/** A request with all of its body. */
export interface Received {
  readonly request: IncomingMessage;
  readonly text: string;
  readonly keys: readonly string[] | undefined;
}

/** What is answered to a request, and what the log tells of both. */
export interface Exchange {
  readonly decision: Decision;
  readonly entry: LoggedRequest;
}

/** Decides what a request gets: a refusal without a key, else what its dialect's conversation says. */
export function exchange({ request, text, keys }: Received, conversations: Conversations): Exchange {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const key = sentKey(request.headers);
  const dialect = dialects.find((candidate) => candidate.serves(path));
  const told = {
    method: request.method ?? '',
    path,
    ...(dialect && { dialect: dialect.name }),
    ...tellKey(key),
  };
  function end(decision: Decision, more: Partial<LoggedRequest> = {}): Exchange {
    return { decision, entry: { ...told, ...more, answer: answerOf(decision.reply) } };
  }

  if (keys !== undefined && (key === undefined || !keys.includes(key.key)))
    return end({ reply: unauthorized(dialect ?? likelyDialect(key)), sleepMs: 0 });
  if (dialect === undefined) return end({ reply: sideReply(path), sleepMs: 0 });
  const read = dialect.read(parse(text), path);
  const id = randomUUID().replaceAll('-', '');
  const decision = conversations.decide({ dialect, request: read, text, id, nowMs: Date.now() });
  return end(decision, tellRequest(read, decision));
}

function tellKey(key: SentKey | undefined): Partial<LoggedRequest> {
  return key === undefined ? {} : { keyHeader: key.header, keySha256: keyDigest(key.key) };
}

function unauthorized(dialect: Dialect): Reply {
  return refused({ dialect }, { status: 401, message: 'this key is not accepted' });
}

function tellRequest(request: ModelRequest, { turn }: Decision): Partial<LoggedRequest> {
  const prompts = request.history.map((item) => (item.kind === 'prompt' ? item.text.length : 0));
  return {
    model: request.model,
    ...(turn === undefined ? {} : { turn }),
    tools: request.tools.map(({ name }) => name),
    promptLength: prompts.reduce((sum, length) => sum + length, 0),
  };
}

/** What programs ask beside their conversations. */
function sideReply(path: string): Reply {
  if (path.endsWith('/models')) return { kind: 'json', status: 200, body: models };
  if (/count_tokens$|:countTokens$/.test(path))
    return { kind: 'json', status: 200, body: { input_tokens: 1000, totalTokens: 1000 } };
  return { kind: 'json', status: path === '/' ? 200 : 404, body: {} };
}

function likelyDialect(key: SentKey | undefined): Dialect {
  if (key?.header === 'x-api-key') return anthropicMessages;
  return key?.header === 'x-goog-api-key' ? gemini : openaiChat;
}

function answerOf(reply: Reply): LoggedRequest['answer'] {
  if (reply.kind === 'json') return reply.status;
  if (reply.kind === 'stream') return reply.isCut ? 'cut' : 200;
  return reply.kind;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
