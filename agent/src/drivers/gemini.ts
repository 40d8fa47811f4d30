import { driverTraits } from '@verve/contract/drivers';

import type { ProgramEvent, ProgramUsage } from '../driver-event.ts';
import type { Driver, ProgramEnd, Verdict } from '../driver.ts';
import { verdictOf } from './ending.ts';
import { troubleOf } from './gemini-family.ts';
import { amountIn, jsonLine, objectIn, textIn, type JsonObject } from './json-line.ts';
import { addressBelow, noKey } from './model-host.ts';
import { reasonOfWords } from './model-trouble.ts';

const { makersHost } = driverTraits.gemini;
/** Pauses of 5, 10 and 20 s lie between them, or what the host asks for. */
const attempts = 4;

/**
 * The settings of the program's user. `useExternal` keeps it from reading `.gemini/.env` of the tree, and the trust in
 * folders keeps it from the tree's settings: it reads both before `--skip-trust` counts. The rest holds even if not.
 */
const settings = {
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: attempts },
  security: {
    auth: { selectedType: 'gemini-api-key', enforcedType: 'gemini-api-key', useExternal: true },
    folderTrust: { enabled: true },
  },
  advanced: { ignoreLocalEnv: true },
  hooksConfig: { enabled: false },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  tools: { sandbox: false },
  ui: { showCompatibilityWarnings: false },
};

/** What it prints on the error output whatever happens. */
const noise = /^(?:YOLO mode is enabled|Ripgrep is not available|Warning: 256-color|\[STARTUP\])/;

/** Gemini CLI, which speaks the Gemini API. Its base URL has no `/v1beta`. */
export const geminiDriver: Driver = {
  // Older ones trust the tree in other ways.
  program: { name: 'gemini', versionArguments: ['--version'], oldest: '0.61.0' },

  prepare({ spec, prompt, modelKey }) {
    const { model, modelHost } = spec.agent;
    return {
      argv: [
        'gemini',
        '--output-format=stream-json',
        '--yolo',
        '--skip-trust',
        ...(model === undefined ? [] : [`--model=${model}`]),
      ],
      environment: {
        GEMINI_API_KEY: modelKey ?? noKey,
        GOOGLE_GEMINI_BASE_URL: modelHost?.baseUrl ?? makersHost,
        // The process that it would start itself in takes no signal for it.
        GEMINI_CLI_NO_RELAUNCH: 'true',
        GEMINI_TELEMETRY_ENABLED: 'false',
        NO_COLOR: '1',
      },
      files: [{ below: 'home', path: '.gemini/settings.json', content: JSON.stringify(settings) }],
      stdin: prompt,
    };
  },

  parse(line, stream) {
    if (stream === 'e') return noise.test(line) ? [] : retryOf(line);
    const event = jsonLine(line);
    if (!event) return undefined;
    switch (event['type']) {
      case 'message':
        return wordsOf(event);
      case 'tool_use':
        return [toolOf(event)];
      case 'tool_result':
        return [toolEndOf(event)];
      case 'error':
        return [errorOf(textIn(event['message']) ?? 'it failed')];
      case 'result':
        return endOf(event);
      default:
        return [];
    }
  },

  classify,

  modelCheck: ({ baseUrl = makersHost }, key) => ({
    url: addressBelow(baseUrl, '/v1beta/models'),
    headers: key === undefined ? {} : { 'x-goog-api-key': key },
  }),
};

/** It says that it went well where it stopped itself as well: for going round in circles. */
function classify(end: ProgramEnd): Verdict {
  const verdict = verdictOf('gemini', end);
  if (verdict.reason !== undefined) return verdict;
  const last = end.events.findLast(({ kind }) => kind !== 'final' && kind !== 'usage' && kind !== 'retry');
  if (last?.kind !== 'error') return verdict;
  const { reason = 'AgentFailed', message } = last;
  return { ...verdict, reason, message: 'gemini stopped before it was done', words: message };
}

/** Told before each pause, on the error output alone; what follows on further lines is left out. */
function retryOf(line: string): readonly ProgramEvent[] | undefined {
  const [, attempt, told = ''] = /^Attempt ([1-9]\d*) failed(?::| with)?(.*)/.exec(line) ?? [];
  if (attempt === undefined || Number(attempt) >= attempts) return undefined;
  const words = told.replace(/^.*Retrying with backoff\.\.\. ?/, '').replace(/^_?\w*Error: |^ /, '');
  const trouble = troubleOf(words === '' ? 'it did not answer' : words);
  const number = Number(attempt);
  return [{ kind: 'retry', ...trouble, number, reason: reasonOfWords(told) ?? 'ModelUnavailable' }];
}

function wordsOf(event: JsonObject): readonly ProgramEvent[] {
  const text = textIn(event['content']) ?? '';
  if (event['role'] !== 'assistant' || text === '') return [];
  return [{ kind: event['delta'] === true ? 'textPart' : 'text', text }];
}

function toolOf(event: JsonObject): ProgramEvent {
  const name = textIn(event['tool_name']) ?? 'a tool';
  return { kind: 'toolStarted', id: textIn(event['tool_id']) ?? name, name };
}

/** Of a command, the exit code is not told. */
function toolEndOf(event: JsonObject): ProgramEvent {
  const failed = event['status'] === 'error';
  const output = textIn(event['output']) ?? textIn(objectIn(event['error'])?.['message']);
  return {
    kind: 'toolEnded',
    id: textIn(event['tool_id']) ?? 'a tool',
    ...(failed && { failed }),
    ...(output !== undefined && { bytes: Buffer.byteLength(output), output }),
  };
}

function errorOf(words: string): ProgramEvent {
  const { message, reason } = troubleOf(words);
  return { kind: 'error', message, ...(reason && { reason }) };
}

function endOf(event: JsonObject): readonly ProgramEvent[] {
  const stats = objectIn(event['stats']);
  const total: readonly ProgramEvent[] = stats ? [{ kind: 'total', usage: usageOf(stats) }] : [];
  if (event['status'] === 'success') return [...total, { kind: 'final', status: 'completed' }];
  const words = textIn(objectIn(event['error'])?.['message']);
  return [...total, { kind: 'final', status: 'failed', ...(words !== undefined && troubleOf(words)) }];
}

function usageOf(stats: JsonObject): ProgramUsage {
  const cachedInputTokens = amountIn(stats['cached']) ?? 0;
  return {
    inputTokens: amountIn(stats['input_tokens']) ?? 0,
    cachedInputTokens,
    outputTokens: amountIn(stats['output_tokens']) ?? 0,
  };
}
