import type { Price } from '@verve/contract';

import type { ProgramEvent, ProgramUsage } from '../driver-event.ts';
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
import {
  addressBelow,
  checkWithAnthropicKey,
  checkWithBearer,
  chosenModel,
  noKey,
  type ChosenModel,
} from './model-host.ts';
import { reasonOfWords, retryAfterOf } from './model-trouble.ts';
import { plainWords } from './plain-words.ts';

const keyVariable = 'MODEL_API_KEY';
const provider = 'verve';

const apis = { openai: 'openai-completions', anthropic: 'anthropic-messages' } as const;

/** Pauses of 2, 4, 8 and 16 s. */
const settings = {
  defaultProjectTrust: 'never',
  enableInstallTelemetry: false,
  retry: { enabled: true, maxRetries: 4, baseDelayMs: 2_000, provider: { maxRetries: 0 } },
};

/**
 * pi, which speaks the protocol that the host's `api` names: of OpenAI, whose base URL has the `/v1`, or of Anthropic,
 * whose base URL has none.
 */
export const piDriver: Driver = {
  program: { name: 'pi', versionArguments: ['--version'], oldest: '0.87.0' },

  prepare({ spec, prompt, modelKey, scratch }) {
    const chosen = chosenModel('pi', spec.agent);
    return {
      argv: [
        'pi',
        '--print',
        '--mode',
        'json',
        '--provider',
        provider,
        '--model',
        chosen.model,
        '--no-session',
        '--no-approve',
      ],
      environment: {
        PI_CODING_AGENT_DIR: `${scratch}/pi`,
        PI_OFFLINE: '1',
        PI_SKIP_VERSION_CHECK: '1',
        PI_TELEMETRY: '0',
        [keyVariable]: modelKey ?? noKey,
      },
      files: [
        { below: 'scratch', path: 'pi/settings.json', content: JSON.stringify(settings) },
        {
          below: 'scratch',
          path: 'pi/models.json',
          content: JSON.stringify(modelsOf(chosen, spec.agent.price)),
        },
      ],
      stdin: prompt,
    };
  },

  parse(line, stream) {
    const event = stream === 'o' ? jsonLine(line) : undefined;
    if (!event) return undefined;
    switch (event['type']) {
      case 'message_end':
        return eventsOfMessage(objectIn(event['message']) ?? {});
      case 'tool_execution_start':
        return [toolOf(event)];
      case 'tool_execution_end':
        return [toolEndOf(event)];
      case 'auto_retry_start':
        return [retryOf(event)];
      case 'agent_end':
        return event['willRetry'] === true ? [] : troubleAtEnd(event);
      default:
        return [];
    }
  },

  classify: (end) => verdictOf('pi', end),

  modelCheck({ baseUrl, api = 'openai' }, key) {
    if (baseUrl === undefined) return undefined;
    return api === 'openai'
      ? checkWithBearer(addressBelow(baseUrl, '/models'), key)
      : checkWithAnthropicKey(addressBelow(baseUrl, '/v1/models'), key);
  },
};

/** The one model that it may ask; its key stands in the environment alone. */
function modelsOf({ model, modelHost }: ChosenModel, price: Price | undefined): object {
  const { baseUrl, api = 'openai' } = modelHost;
  const cost = price && {
    input: price.inputUsd,
    output: price.outputUsd,
    cacheRead: price.cachedInputUsd ?? price.inputUsd,
    cacheWrite: price.inputUsd,
  };
  const models = [{ id: model, name: model, ...(cost && { cost }) }];
  return { providers: { [provider]: { baseUrl, api: apis[api], apiKey: `$${keyVariable}`, models } } };
}

/** Each answer may be the last; the last one counts. */
function eventsOfMessage(message: JsonObject): readonly ProgramEvent[] {
  if (message['role'] !== 'assistant') return [];
  const text = textOf(message);
  const said: readonly ProgramEvent[] = text === '' ? [] : [{ kind: 'text', text }];
  return [...said, ...usageOf(message), ...endOf(message, text)];
}

function endOf(message: JsonObject, text: string): readonly ProgramEvent[] {
  switch (message['stopReason']) {
    case 'stop':
      return [{ kind: 'final', status: 'completed', ...(text !== '' && { summary: text }) }];
    case 'length':
      return [{ kind: 'final', status: 'failed', message: 'the answer of the model was too long for it' }];
    case 'error':
    case 'aborted':
      return [{ kind: 'final', status: 'failed', ...troubleOf(message) }];
    default:
      return [];
  }
}

/** Trouble that it goes on after is told by the retry instead. */
function troubleAtEnd(event: JsonObject): readonly ProgramEvent[] {
  const last = objectsIn(event['messages']).at(-1) ?? {};
  return last['stopReason'] === 'error' ? [{ kind: 'error', ...troubleOf(last) }] : [];
}

function troubleOf(message: JsonObject): Pick<ProgramEvent & { kind: 'error' }, 'message' | 'reason'> {
  const words = textIn(message['errorMessage']) ?? 'it failed';
  const reason = reasonOfWords(words);
  return { message: plainWords(words), ...(reason && { reason }) };
}

function retryOf(event: JsonObject): ProgramEvent {
  const words = textIn(event['errorMessage']) ?? 'it did not answer';
  const number = ordinalIn(event['attempt']);
  const retryAfterSeconds = retryAfterOf(words);
  return {
    kind: 'retry',
    message: plainWords(words),
    ...(number !== undefined && { number }),
    reason: reasonOfWords(words) ?? 'ModelUnavailable',
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function toolOf(event: JsonObject): ProgramEvent {
  const name = textIn(event['toolName']) ?? 'a tool';
  return { kind: 'toolStarted', id: textIn(event['toolCallId']) ?? name, name };
}

function toolEndOf(event: JsonObject): ProgramEvent {
  const output = textOf(objectIn(event['result']) ?? {});
  const failed = event['isError'] === true;
  const [, code] = (failed && /Command exited with code (\d+)\s*$/.exec(output)) || [];
  return {
    kind: 'toolEnded',
    id: textIn(event['toolCallId']) ?? 'a tool',
    ...(code !== undefined && { exitCode: Number(code) }),
    ...(failed && { failed }),
    bytes: Buffer.byteLength(output),
    output,
  };
}

function textOf(holder: JsonObject): string {
  const parts = objectsIn(holder['content']).filter((part) => part['type'] === 'text');
  return partTexts(parts).join('\n');
}

/** A cost of 0 is that of a model without a price. */
function usageOf(message: JsonObject): readonly ProgramEvent[] {
  const told = objectIn(message['usage']) ?? {};
  const cachedInputTokens = amountIn(told['cacheRead']) ?? 0;
  const written = amountIn(told['cacheWrite']) ?? 0;
  const usage: ProgramUsage = {
    inputTokens: (amountIn(told['input']) ?? 0) + written + cachedInputTokens,
    cachedInputTokens,
    outputTokens: amountIn(told['output']) ?? 0,
  };
  if (usage.inputTokens === 0 && usage.outputTokens === 0) return [];
  const costUsd = amountIn(objectIn(told['cost'])?.['total']);
  const id = textIn(message['responseId']) ?? String(message['timestamp']);
  return [
    { kind: 'step', id, usage: { ...usage, ...(costUsd !== undefined && costUsd > 0 && { costUsd }) } },
  ];
}
