import type { ProgramEvent, ProgramUsage } from '../driver-event.ts';
import type { Driver } from '../driver.ts';
import { verdictOf } from './ending.ts';
import { troubleOf } from './gemini-family.ts';
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
import { addressBelow, checkWithBearer, chosenModel, noKey } from './model-host.ts';

const settingsFile = 'qwen/settings.json';

/** Those that it would ask a person for; without a person it leaves out what it would ask for. */
const allowedTools = [
  'run_shell_command',
  'monitor',
  'edit',
  'write_file',
  'notebook_edit',
  'read_file',
  'web_fetch',
  'agent',
];

/**
 * Settings that count more than all others. The tree is not trusted, so that its settings, its `.env` files, MCP servers
 * and hooks are left alone; all tools are allowed one by one, since nobody may do without asking where nothing is trusted.
 */
const settings = {
  $version: 4,
  general: { enableAutoUpdate: false, checkpointing: { enabled: false } },
  security: { folderTrust: { enabled: true } },
  permissions: { allow: allowedTools },
  // Beside seven attempts at each call, with pauses that sum up to 77 s.
  model: { generationConfig: { maxRetries: 0 } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  disableAllHooks: true,
};

/** What it prints on the error output whatever happens, and what its events tell as well. */
const noise = /^(?:Ripgrep not available|Retrying |Operation cancelled)/;

/** Of a tree that is not trusted, the program does not read these by itself. */
const projectRules =
  'If QWEN.md or AGENTS.md is in the working directory, read it before you begin: it tells how to work in this project.';

/** Qwen Code, which speaks OpenAI's chat completions. Its base URL has the `/v1`. */
export const qwenDriver: Driver = {
  // Older ones trust the tree in other ways.
  program: { name: 'qwen', versionArguments: ['--version'], oldest: '0.24.0' },

  prepare({ spec, prompt, modelKey, scratch }) {
    const { model, modelHost } = chosenModel('qwen', spec.agent);
    return {
      argv: [
        'qwen',
        '--auth-type=openai',
        '--output-format=stream-json',
        `--model=${model}`,
        `--append-system-prompt=${projectRules}`,
      ],
      environment: {
        OPENAI_API_KEY: modelKey ?? noKey,
        OPENAI_BASE_URL: modelHost.baseUrl,
        OPENAI_MODEL: model,
        QWEN_CODE_NO_RELAUNCH: 'true',
        QWEN_CODE_SYSTEM_SETTINGS_PATH: `${scratch}/${settingsFile}`,
      },
      files: [{ below: 'scratch', path: settingsFile, content: JSON.stringify(settings) }],
      stdin: prompt,
    };
  },

  parse(line, stream) {
    if (stream === 'e') return noise.test(line) ? [] : undefined;
    const event = jsonLine(line);
    if (!event) return undefined;
    switch (event['type']) {
      case 'assistant':
        return eventsOfWords(event);
      case 'user':
        return objectsIn(objectIn(event['message'])?.['content']).flatMap(eventsOfResult);
      case 'system':
        return event['subtype'] === 'retry' ? [retryOf(event)] : [];
      case 'result':
        return eventsOfEnd(event);
      default:
        return [];
    }
  },

  classify: (end) => verdictOf('qwen', end),

  modelCheck({ baseUrl }, key) {
    return baseUrl === undefined ? undefined : checkWithBearer(addressBelow(baseUrl, '/models'), key);
  },
};

function eventsOfWords(event: JsonObject): readonly ProgramEvent[] {
  const message = objectIn(event['message']) ?? {};
  const id = textIn(message['id']);
  const usage = usageOf(objectIn(message['usage']) ?? {});
  const isTrouble = usage.inputTokens === 0;
  const said = objectsIn(message['content']).flatMap((part) => eventsOfPart(part, isTrouble));
  return id === undefined || isTrouble ? said : [...said, { kind: 'step', id, usage }];
}

/** Trouble with the model host is told like words, of an answer that used nothing. */
function eventsOfPart(part: JsonObject, mayBeTrouble: boolean): readonly ProgramEvent[] {
  const text = textIn(part['text']);
  if (part['type'] === 'text' && text !== undefined) {
    return [mayBeTrouble && text.startsWith('[API Error') ? errorOf(text) : { kind: 'text', text }];
  }
  if (part['type'] !== 'tool_use') return [];
  const name = textIn(part['name']) ?? 'a tool';
  return [{ kind: 'toolStarted', id: textIn(part['id']) ?? name, name }];
}

function eventsOfResult(part: JsonObject): readonly ProgramEvent[] {
  if (part['type'] !== 'tool_result') return [];
  const { content } = part;
  const output = textIn(content) ?? partTexts(content).join('\n');
  // Of a command that ended well, its output alone is told.
  const [, code] = /^Exit Code: (\d+)$/m.exec(output.slice(-exitCodeWithin)) ?? [];
  return [
    {
      kind: 'toolEnded',
      id: textIn(part['tool_use_id']) ?? 'a tool',
      ...(code !== undefined && { exitCode: Number(code) }),
      ...(part['is_error'] === true && { failed: true }),
      bytes: Buffer.byteLength(output),
      output,
    },
  ];
}

/** The code stands behind the output, with little after it. */
const exitCodeWithin = 200;

/** Only what a host refused because of its limits is counted. */
function retryOf(event: JsonObject): ProgramEvent {
  const number = ordinalIn(objectIn(event['data'])?.['attempt']);
  return number === undefined
    ? { kind: 'retry', message: 'its answer broke off', reason: 'ModelUnavailable' }
    : { kind: 'retry', message: 'it asks to wait', number, reason: 'AgentRateLimited' };
}

function eventsOfEnd(event: JsonObject): readonly ProgramEvent[] {
  const usage = objectIn(event['usage']);
  const total: readonly ProgramEvent[] = usage ? [{ kind: 'total', usage: usageOf(usage) }] : [];
  const summary = textIn(event['result']);
  if (event['is_error'] !== true && event['subtype'] === 'success') {
    return [...total, { kind: 'final', status: 'completed', ...(summary !== undefined && { summary }) }];
  }
  const words = textIn(objectIn(event['error'])?.['message']) ?? summary ?? 'it failed';
  return [...total, { kind: 'final', status: 'failed', ...troubleOf(words) }];
}

function errorOf(words: string): ProgramEvent {
  const { message, reason } = troubleOf(words);
  return { kind: 'error', message, ...(reason && { reason }) };
}

function usageOf(usage: JsonObject): ProgramUsage {
  return {
    inputTokens: amountIn(usage['input_tokens']) ?? 0,
    cachedInputTokens: amountIn(usage['cache_read_input_tokens']) ?? 0,
    outputTokens: amountIn(usage['output_tokens']) ?? 0,
  };
}
