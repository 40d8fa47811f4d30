import type { EndReason, ProgramEvent, ProgramUsage } from '../driver-event.ts';
import { amountIn, objectIn, ordinalIn, partTexts, textIn, type JsonObject } from './json-line.ts';
import { reasonOfWords, retryAfterOf } from './model-trouble.ts';
import { plainWords } from './plain-words.ts';

/** What an event of `codex exec --json` means. */
export function eventsOfCodex(event: JsonObject): readonly ProgramEvent[] {
  switch (event['type']) {
    case 'item.started':
      return eventsOfStart(objectIn(event['item']) ?? {});
    case 'item.completed':
      return eventsOfItem(objectIn(event['item']) ?? {});
    case 'turn.completed':
      return eventsOfEnd(objectIn(event['usage']));
    case 'turn.failed':
      return [failureOf(textIn(objectIn(event['error'])?.['message']))];
    case 'error':
      return [troubleOf(textIn(event['message']) ?? 'it failed')];
    default:
      return [];
  }
}

/** The items that are tools, by their types. */
const tools: Readonly<Record<string, string>> = {
  command_execution: 'shell',
  file_change: 'apply_patch',
  mcp_tool_call: 'mcp',
  web_search: 'web_search',
};

function eventsOfStart(item: JsonObject): readonly ProgramEvent[] {
  const name = toolOf(item);
  return name === undefined ? [] : [{ kind: 'toolStarted', id: idOf(item, name), name }];
}

function eventsOfItem(item: JsonObject): readonly ProgramEvent[] {
  const text = textIn(item['text']);
  const type = item['type'];
  if (type === 'agent_message') return text === undefined ? [] : [{ kind: 'text', text }];
  if (type === 'error') return [troubleOf(textIn(item['message']) ?? 'a warning without words')];
  const name = toolOf(item);
  if (name === undefined) return [];
  const id = idOf(item, name);
  // Some come whole, without a start.
  return [
    { kind: 'toolStarted', id, name },
    { kind: 'toolEnded', id, ...endOf(item) },
  ];
}

function toolOf(item: JsonObject): string | undefined {
  const name = tools[textIn(item['type']) ?? ''];
  if (name !== 'mcp') return name;
  const parts = [item['server'], item['tool']].flatMap((part) => textIn(part) ?? []);
  return parts.join('.') || name;
}

function idOf(item: JsonObject, name: string): string {
  return textIn(item['id']) ?? name;
}

type ToolEnd = Partial<
  Pick<ProgramEvent & { kind: 'toolEnded' }, 'exitCode' | 'failed' | 'bytes' | 'output'>
>;

function endOf(item: JsonObject): ToolEnd {
  const output = textIn(item['aggregated_output']) ?? resultOf(item);
  const exitCode = item['exit_code'];
  const failed = item['status'] === 'failed' || item['status'] === 'declined';
  return {
    ...(Number.isSafeInteger(exitCode) && { exitCode: Number(exitCode) }),
    ...(failed && { failed }),
    ...(output !== undefined && { bytes: Buffer.byteLength(output), output }),
  };
}

/** What a tool of an MCP server said. */
function resultOf(item: JsonObject): string | undefined {
  const trouble = textIn(objectIn(item['error'])?.['message']);
  const said = partTexts(objectIn(item['result'])?.['content']);
  return trouble ?? (said.length === 0 ? undefined : said.join('\n'));
}

function eventsOfEnd(usage: JsonObject | undefined): readonly ProgramEvent[] {
  const final: ProgramEvent = { kind: 'final', status: 'completed' };
  return usage ? [{ kind: 'total', usage: usageOf(usage) }, final] : [final];
}

/** Input has what came from the cache in it, and output the reasoning. */
function usageOf(usage: JsonObject): ProgramUsage {
  return {
    inputTokens: amountIn(usage['input_tokens']) ?? 0,
    cachedInputTokens: amountIn(usage['cached_input_tokens']) ?? 0,
    outputTokens: amountIn(usage['output_tokens']) ?? 0,
  };
}

function failureOf(message = 'it failed'): ProgramEvent {
  const retryAfterSeconds = retryAfterOf(message);
  return {
    kind: 'final',
    status: 'failed',
    message: plainWords(message),
    ...reasonIn(message),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function troubleOf(message: string): ProgramEvent {
  const [, digits, words] = /^Reconnecting\.\.\. (?:(\d{1,9})\/)?[^(]*(?:\((.*)\))?$/s.exec(message) ?? [];
  const isRetry = message.startsWith('Reconnecting...');
  if (!isRetry) return { kind: 'error', message: plainWords(message), ...reasonIn(message) };
  const number = ordinalIn(Number(digits));
  const told = words ?? message;
  return {
    kind: 'retry',
    message: plainWords(told),
    ...(number !== undefined && { number }),
    reason: reasonOfWords(told) ?? 'ModelUnavailable',
  };
}

function reasonIn(message: string): { readonly reason?: EndReason } {
  if (/^budget reached/i.test(message)) return { reason: 'BudgetExceeded' };
  const reason = reasonOfWords(message);
  return reason === undefined ? {} : { reason };
}
