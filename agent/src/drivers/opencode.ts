import type { ModelHost, Price } from '@verve/contract';

import type { Driver } from '../driver.ts';
import { verdictOf } from './ending.ts';
import { jsonLine } from './json-line.ts';
import { addressBelow, checkWithAnthropicKey, checkWithBearer, chosenModel } from './model-host.ts';
import { eventsOfOpencode } from './opencode-events.ts';
import { retryOfLog } from './opencode-log.ts';

const provider = 'host';
const keyVariable = 'MODEL_HOST_KEY';

/** Both come with the program, which fetches any other from a registry. */
const packages = {
  openai: '@ai-sdk/openai-compatible',
  anthropic: '@ai-sdk/anthropic',
} as const satisfies Record<NonNullable<ModelHost['api']>, string>;

/** What the tree says of itself is left to the model, as the program would take settings and code from there too. */
const ownInstructions =
  'If the work tree has a file AGENTS.md or CLAUDE.md, read it before you begin and keep to what it says of working here.';

/** OpenCode, which speaks OpenAI Chat Completions or Anthropic Messages. Its base URL ends with `/v1`. */
export const opencodeDriver: Driver = {
  program: { name: 'opencode', versionArguments: ['--version'], oldest: '1.18.18' },

  prepare({ spec, prompt, modelKey }) {
    const { price } = spec.agent;
    const { model, modelHost } = chosenModel('opencode', spec.agent);
    return {
      argv: [
        'opencode',
        'run',
        '--format=json',
        '--auto',
        '--pure',
        // Thinking is output, so that the program is not taken for a silent one.
        '--thinking',
        // With a title of its own a session needs none of the model, whose usage would not be told.
        '--title=task',
        // What the host refused is told there alone until it is given up.
        '--print-logs',
        '--log-level=ERROR',
        `--model=${provider}/${model}`,
      ],
      environment: {
        OPENCODE_CONFIG_CONTENT: JSON.stringify({
          ...settings,
          model: `${provider}/${model}`,
          small_model: `${provider}/${model}`,
          provider: { [provider]: providerOf(model, { modelHost, price, hasKey: modelKey !== undefined }) },
        }),
        ...switches,
        ...(modelKey !== undefined && { [keyVariable]: modelKey }),
      },
      stdin: `${prompt}\n\n${ownInstructions}\n`,
    };
  },

  parse(line, stream) {
    if (stream === 'e') return retryOfLog(line);
    const event = jsonLine(line);
    return event && eventsOfOpencode(event);
  },

  classify: (end) => verdictOf('opencode', end),

  modelCheck({ baseUrl, api = 'openai' }, key) {
    if (baseUrl === undefined) return undefined;
    const url = addressBelow(baseUrl, '/models');
    return api === 'openai' ? checkWithBearer(url, key) : checkWithAnthropicKey(url, key);
  },
};

/** Counts more than what the tree says, but adds to it: hence the switches below. */
const settings = {
  autoupdate: false,
  share: 'disabled',
  // Copies of the tree beside it, for undoing.
  snapshot: false,
  // Both would start programs of the tree.
  formatter: false,
  lsp: false,
  enabled_providers: [provider],
  // Subagents work without an event, and their usage is not told.
  permission: { '*': 'allow', task: 'deny' },
};

const switches = {
  // Settings, tools, commands and MCP servers of the tree. Its plugins are loaded all the same, whatever is set.
  OPENCODE_DISABLE_PROJECT_CONFIG: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_CLAUDE_CODE: '1',
  OPENCODE_DISABLE_EXTERNAL_SKILLS: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_SHARE: '1',
};

interface Host {
  readonly modelHost: ModelHost;
  readonly price: Price | undefined;
  readonly hasKey: boolean;
}

function providerOf(model: string, { modelHost, price, hasKey }: Host): object {
  return {
    npm: packages[modelHost.api ?? 'openai'],
    name: provider,
    options: { baseURL: modelHost.baseUrl, ...(hasKey && { apiKey: `{env:${keyVariable}}` }) },
    models: { [model]: { name: model, ...(price && { cost: costOf(price) }) } },
  };
}

function costOf({ inputUsd, outputUsd, cachedInputUsd = inputUsd }: Price): object {
  return { input: inputUsd, output: outputUsd, cache_read: cachedInputUsd, cache_write: inputUsd };
}
