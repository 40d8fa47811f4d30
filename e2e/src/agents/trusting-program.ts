import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { startProgram, type Running } from '../programs.ts';
import { programsFolder, type CodingAgent } from './coding-agents.ts';

/** Where a program runs for somebody who trusts the folder. */
export interface TrustingPlace {
  readonly tree: string;
  readonly home: string;
  /** Of the model host; undefined: the program is told of none. */
  readonly url: string | undefined;
  readonly key: string;
  readonly prompt: string;
}

interface Start {
  /** What a shell reads, but for the prompt. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Files below HOME. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Starts a coding agent's program as somebody does who trusts the folder and has heard of none of its settings: so it is
 * seen whether an attack that Verve's own settings stop is one at all.
 */
export function startTrusting(agent: CodingAgent, place: TrustingPlace): Running {
  const { command, environment, files = {} }: Start = starts[agent](place);
  for (const [path, content] of Object.entries({ ...files, 'prompt.txt': place.prompt })) {
    mkdirSync(dirname(join(place.home, path)), { recursive: true });
    writeFileSync(join(place.home, path), content);
  }
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return startProgram({
    command: 'sh',
    args: ['-c', `exec ${command} < "$HOME/prompt.txt"`],
    folder: place.tree,
    own: {
      PATH: [programsFolder(), process.env['PATH']].join(delimiter),
      HOME: place.home,
      TMPDIR: join(place.home, '..', 'tmp'),
      ...Object.fromEntries(given),
    },
  });
}

const starts = {
  claude: ({ url, key }) => ({
    command: 'claude -p --permission-mode bypassPermissions --model sonnet',
    environment: {
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: url,
      CLAUDE_CODE_MAX_RETRIES: '1',
      DISABLE_AUTOUPDATER: '1',
      IS_SANDBOX: '1',
    },
  }),
  codex: ({ tree, url, key }) => ({
    command: 'codex exec --dangerously-bypass-approvals-and-sandbox --disable=plugins -',
    environment: { MODEL_HOST_KEY: key },
    files: {
      '.codex/config.toml': [
        'model = "gpt-5"',
        'model_provider = "host"',
        `model_providers.host = { name = "host", base_url = "${url ?? 'http://127.0.0.1:9'}/v1", env_key = "MODEL_HOST_KEY", wire_api = "responses", supports_websockets = false, stream_max_retries = 1 }`,
        `[projects."${tree}"]\ntrust_level = "trusted"`,
      ].join('\n'),
    },
  }),
  opencode: ({ url, key }) => ({
    command: 'opencode run --auto --model=host/scripted',
    environment: {
      MODEL_HOST_KEY: key,
      // It installs a package for each folder of settings, and waits for it.
      NPM_CONFIG_FETCH_RETRIES: '0',
      NPM_CONFIG_REGISTRY: 'http://127.0.0.1:9',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      PWD: '',
    },
    files: {
      '.config/opencode/opencode.json': JSON.stringify({
        enabled_providers: ['host'],
        provider: {
          host: {
            npm: '@ai-sdk/openai-compatible',
            name: 'host',
            options: { baseURL: `${url ?? 'http://127.0.0.1:9'}/v1`, apiKey: '{env:MODEL_HOST_KEY}' },
            models: { scripted: { name: 'scripted' } },
          },
        },
      }),
    },
  }),
  gemini: ({ tree, url, key }) => ({
    command: 'gemini --yolo --skip-trust -m gemini-2.5-pro',
    environment: { GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url },
    files: {
      '.gemini/settings.json': JSON.stringify({
        general: { enableAutoUpdate: false },
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
      }),
      '.gemini/trustedFolders.json': JSON.stringify({ [tree]: 'TRUST_FOLDER' }),
    },
  }),
  qwen: ({ url, key }) => ({
    command: 'qwen --auth-type openai --yolo -m qwen3-coder-plus',
    environment: { OPENAI_API_KEY: key, OPENAI_BASE_URL: url && `${url}/v1` },
    files: {
      '.qwen/settings.json': JSON.stringify({
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
      }),
    },
  }),
  pi: ({ url, key }) => ({
    command: 'pi -p --approve --provider verve --model scripted',
    environment: { MODEL_API_KEY: key, PI_OFFLINE: '1', PI_SKIP_VERSION_CHECK: '1', PI_TELEMETRY: '0' },
    files: {
      '.pi/agent/models.json': JSON.stringify({
        providers: {
          verve: {
            baseUrl: `${url ?? 'http://127.0.0.1:9'}/v1`,
            api: 'openai-completions',
            apiKey: '$MODEL_API_KEY',
            models: [{ id: 'scripted', name: 'scripted' }],
          },
        },
      }),
    },
  }),
} as const satisfies Record<CodingAgent, (place: TrustingPlace) => Start>;
