import { driverTraits } from '@verve/contract/drivers';

import type { EndReason, ProgramEvent, ProgramUsage } from '../driver-event.ts';
import type { Driver } from '../driver.ts';
import { verdictOf } from './ending.ts';
import {
  amountIn,
  jsonLine,
  objectIn,
  objectsIn,
  ordinalIn,
  partTexts,
  textIn,
  type JsonObject,
} from './json-line.ts';
import { addressBelow, checkWithAnthropicKey } from './model-host.ts';
import { reasonOfStatus, reasonOfWords } from './model-trouble.ts';

const { makersHost } = driverTraits.claude;
/** The program waits for longer between two tries only when the host told it to. */
const ownDelayMs = 10_000;

/** Claude Code, which speaks the Anthropic Messages API. Its base URL has no `/v1`. */
export const claudeDriver: Driver = {
  program: { name: 'claude', versionArguments: ['--version'], oldest: '2.1.0' },

  prepare({ spec, prompt, modelKey }) {
    const { model, modelHost, maxCostUsd } = spec.agent;
    const baseUrl = modelHost?.baseUrl ?? makersHost;
    // Counts more than all other settings.
    const settings = { env: { ANTHROPIC_BASE_URL: baseUrl }, disableAllHooks: true };
    return {
      argv: [
        'claude',
        '-p',
        '--output-format=stream-json',
        '--verbose',
        '--permission-mode=bypassPermissions',
        '--strict-mcp-config',
        // Those of the tree are not read: they could start programs, and lead the key elsewhere in many ways, as by a
        // proxy. Its CLAUDE.md is, by being an additional folder.
        '--setting-sources=user',
        '--add-dir=.',
        `--settings=${JSON.stringify(settings)}`,
        ...(model === undefined ? [] : ['--model', model]),
        ...(maxCostUsd === undefined ? [] : ['--max-budget-usd', String(maxCostUsd)]),
      ],
      environment: {
        ANTHROPIC_BASE_URL: baseUrl,
        ...(modelKey !== undefined && { ANTHROPIC_API_KEY: modelKey }),
        CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD: '1',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_MAX_RETRIES: '4',
        DISABLE_AUTOUPDATER: '1',
        DISABLE_ERROR_REPORTING: '1',
        DISABLE_TELEMETRY: '1',
        // It refuses to work as root anywhere else; the run is the sandbox.
        IS_SANDBOX: '1',
      },
      stdin: prompt,
    };
  },

  parse(line, stream) {
    const event = stream === 'o' ? jsonLine(line) : undefined;
    if (!event) return undefined;
    switch (event['type']) {
      case 'assistant':
        return eventsOfWords(event);
      case 'user':
        return objectsIn(objectIn(event['message'])?.['content']).flatMap(eventsOfResult);
      case 'system':
        return event['subtype'] === 'api_retry' ? [retryOf(event)] : [];
      case 'result':
        return eventsOfEnd(event);
      default:
        return [];
    }
  },

  classify: (end) => verdictOf('claude', end),

  modelCheck: ({ baseUrl = makersHost }, key) =>
    checkWithAnthropicKey(addressBelow(baseUrl, '/v1/models'), key),
};

function eventsOfWords(event: JsonObject): readonly ProgramEvent[] {
  const message = objectIn(event['message']) ?? {};
  const id = textIn(message['id']);
  const usage = objectIn(message['usage']);
  const isTrouble = event['error'] !== undefined;
  const said = objectsIn(message['content']).flatMap((part) => eventsOfPart(part, isTrouble));
  // Of the model's answer only the beginning is counted here; the end tells what it came to.
  return id === undefined || !usage || isTrouble
    ? said
    : [...said, { kind: 'step', id, usage: usageOf(usage) }];
}

function eventsOfPart(part: JsonObject, isTrouble: boolean): readonly ProgramEvent[] {
  const text = textIn(part['text']);
  if (part['type'] === 'text' && text !== undefined) {
    return [isTrouble ? troubleOf(text) : { kind: 'text', text }];
  }
  if (part['type'] !== 'tool_use') return [];
  const name = textIn(part['name']) ?? 'a tool';
  return [{ kind: 'toolStarted', id: textIn(part['id']) ?? name, name }];
}

function eventsOfResult(part: JsonObject): readonly ProgramEvent[] {
  if (part['type'] !== 'tool_result') return [];
  const { content } = part;
  const output = textIn(content) ?? partTexts(content).join('\n');
  const failed = part['is_error'] === true;
  const [, code] = (failed && /^Exit code (\d+)/.exec(output)) || [];
  return [
    {
      kind: 'toolEnded',
      id: textIn(part['tool_use_id']) ?? 'a tool',
      ...(code !== undefined && { exitCode: Number(code) }),
      ...(failed && { failed }),
      bytes: Buffer.byteLength(output),
      output,
    },
  ];
}

function retryOf(event: JsonObject): ProgramEvent {
  const status = amountIn(event['error_status']);
  const told = textIn(event['error']);
  const words = told === undefined || told === 'unknown' ? 'it did not answer' : told;
  const number = ordinalIn(event['attempt']);
  const delayMs = amountIn(event['retry_delay_ms']) ?? 0;
  const reason = reasonOf(status, words) ?? 'ModelUnavailable';
  return {
    kind: 'retry',
    message: status === undefined ? words : `${status} ${words}`,
    ...(number !== undefined && { number }),
    reason,
    ...(delayMs > ownDelayMs && { retryAfterSeconds: Math.ceil(delayMs / 1_000) }),
  };
}

function eventsOfEnd(event: JsonObject): readonly ProgramEvent[] {
  const usage = objectIn(event['usage']);
  const costUsd = amountIn(event['total_cost_usd']);
  const total = { ...(usage && usageOf(usage)), ...(costUsd !== undefined && { costUsd }) };
  const words = textIn(event['result']) ?? errorsOf(event);
  const isWell = event['is_error'] !== true && event['subtype'] === 'success';
  if (isWell) {
    return [
      { kind: 'total', usage: total },
      { kind: 'final', status: 'completed', summary: words },
    ];
  }
  const reason =
    event['subtype'] === 'error_max_budget_usd'
      ? 'BudgetExceeded'
      : reasonOf(amountIn(event['api_error_status']), event['subtype'] === 'success' ? words : '');
  return [
    { kind: 'total', usage: total },
    { kind: 'final', status: 'failed', message: words, ...(reason && { reason }) },
  ];
}

function errorsOf(event: JsonObject): string {
  const errors = Array.isArray(event['errors']) ? event['errors'].flatMap((one) => textIn(one) ?? []) : [];
  return errors.length > 0 ? errors.join('\n') : (textIn(event['subtype']) ?? 'it failed');
}

function troubleOf(message: string): ProgramEvent {
  const reason = reasonOfWords(message);
  return { kind: 'error', message, ...(reason && { reason }) };
}

function reasonOf(status: number | undefined, words: string): EndReason | undefined {
  return (status === undefined ? undefined : reasonOfStatus(status)) ?? reasonOfWords(words);
}

function usageOf(usage: JsonObject): ProgramUsage {
  const fresh = amountIn(usage['input_tokens']) ?? 0;
  const written = amountIn(usage['cache_creation_input_tokens']) ?? 0;
  const cachedInputTokens = amountIn(usage['cache_read_input_tokens']) ?? 0;
  return {
    inputTokens: fresh + written + cachedInputTokens,
    cachedInputTokens,
    outputTokens: amountIn(usage['output_tokens']) ?? 0,
  };
}
