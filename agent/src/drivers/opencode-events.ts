import type { EndReason, ProgramEvent, ProgramUsage } from '../driver-event.ts';
import { amountIn, objectIn, textIn, type JsonObject } from './json-line.ts';
import { reasonOfStatus, reasonOfWords, retryAfterOf } from './model-trouble.ts';
import { plainWords } from './plain-words.ts';

/** What an event of `opencode run --format json` means. */
export function eventsOfOpencode(event: JsonObject): readonly ProgramEvent[] {
  const part = objectIn(event['part']) ?? {};
  switch (event['type']) {
    case 'text':
      return wordsOf(part);
    case 'tool_use':
      return [toolOf(part)];
    case 'step_finish':
      return [...usageOf(part), ...endOf(part)];
    case 'error':
      return failureOf(objectIn(event['error']) ?? {});
    default:
      return [];
  }
}

function wordsOf(part: JsonObject): readonly ProgramEvent[] {
  const text = textIn(part['text']);
  return text === undefined || text === '' ? [] : [{ kind: 'text', text }];
}

/** A tool is told once it has ended. */
function toolOf(part: JsonObject): ProgramEvent {
  const state = objectIn(part['state']) ?? {};
  const output = textIn(state['output']) ?? textIn(state['error']);
  const exitCode = objectIn(state['metadata'])?.['exit'];
  return {
    kind: 'tool',
    name: (textIn(part['tool']) ?? 'a tool').slice(0, 1_000),
    ...(Number.isSafeInteger(exitCode) && { exitCode: Number(exitCode) }),
    ...(state['status'] === 'error' && { failed: true }),
    ...(output !== undefined && { bytes: Buffer.byteLength(output), output }),
  };
}

function usageOf(part: JsonObject): readonly ProgramEvent[] {
  const id = textIn(part['id']);
  const tokens = objectIn(part['tokens']);
  if (id === undefined || !tokens) return [];
  const cache = objectIn(tokens['cache']) ?? {};
  const cachedInputTokens = amountIn(cache['read']) ?? 0;
  const costUsd = amountIn(part['cost']) ?? 0;
  const usage: ProgramUsage = {
    inputTokens: (amountIn(tokens['input']) ?? 0) + (amountIn(cache['write']) ?? 0) + cachedInputTokens,
    cachedInputTokens,
    outputTokens: (amountIn(tokens['output']) ?? 0) + (amountIn(tokens['reasoning']) ?? 0),
    // Of a model whose price it does not know it says that it cost nothing.
    ...(costUsd > 0 && { costUsd }),
  };
  return [{ kind: 'step', id, usage }];
}

/** Why a model's answer ended, where that ends the run badly. */
const badEnds: Readonly<Record<string, string>> = {
  length: "the model's answer was cut, as it reached the longest that is allowed",
  'content-filter': "the model's answer was cut by a filter of its host",
  error: "the model's answer ended with an error",
};

/** The last step is the end; after tools, and where nobody knows why the answer ended, there is another. */
function endOf(part: JsonObject): readonly ProgramEvent[] {
  const reason = textIn(part['reason']);
  if (reason === undefined || reason === 'tool-calls' || reason === 'unknown') return [];
  const message = badEnds[reason];
  return [
    message === undefined
      ? { kind: 'final', status: 'completed' }
      : { kind: 'final', status: 'failed', message },
  ];
}

function failureOf(error: JsonObject): readonly ProgramEvent[] {
  const data = objectIn(error['data']) ?? {};
  const message = textIn(data['message']) ?? textIn(error['name']) ?? 'it failed';
  const status = amountIn(data['statusCode']);
  const plain = plainWords(message);
  const words = status === undefined ? plain : `${status} ${plain}`;
  const reason = reasonOf(status, error, message);
  const retryAfterSeconds = retryAfterIn(objectIn(data['responseHeaders'])) ?? retryAfterOf(message);
  return [
    { kind: 'error', message: words, ...(reason && { reason }) },
    {
      kind: 'final',
      status: 'failed',
      message: words,
      ...(reason && { reason }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
  ];
}

function reasonOf(status: number | undefined, error: JsonObject, message: string): EndReason | undefined {
  if (status !== undefined) return reasonOfStatus(status) ?? reasonOfWords(message);
  return error['name'] === 'ProviderAuthError' ? 'AgentUnauthorized' : reasonOfWords(message);
}

/** Seconds; hosts may also name a date, which is left to whoever tries again. */
function retryAfterIn(headers: JsonObject | undefined): number | undefined {
  const value = textIn(headers?.['retry-after']);
  const seconds = value === undefined ? Number.NaN : Number.parseFloat(value);
  return seconds >= 0 && /^[\d.\s]+$/.test(value ?? '') ? Math.min(86_400, Math.ceil(seconds)) : undefined;
}
