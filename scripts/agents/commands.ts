/** Where and with what a program is run. */
export interface Surroundings {
  readonly home: string;
  readonly modelUrl: string;
  readonly key: string;
  /** Whether the run has a budget that one call of a tool exceeds. */
  readonly hasBudget: boolean;
  /** Whether the program knows the model's name. */
  readonly isModelKnown: boolean;
}

/** How a program is run on its own. The prompt is its input. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Below the home. */
  readonly files?: Readonly<Record<string, unknown>>;
}

/** The programs and their commands. */
export const commands: Readonly<Record<string, (surroundings: Surroundings) => Command>> = {
  claude,
  codex,
  gemini,
  opencode,
  pi,
  qwen,
};

function claude({ modelUrl, key, hasBudget }: Surroundings): Command {
  const settings = { env: { ANTHROPIC_BASE_URL: modelUrl }, disableAllHooks: true };
  return {
    argv: [
      'claude',
      ...words('-p --output-format stream-json --verbose --permission-mode bypassPermissions --model sonnet'),
      '--settings',
      JSON.stringify(settings),
      ...(hasBudget ? ['--max-budget-usd', '0.004'] : []),
    ],
    environment: {
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_API_KEY: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '4',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_TELEMETRY: '1',
      IS_SANDBOX: '1',
    },
  };
}

function codex({ home, modelUrl, key, isModelKnown }: Surroundings): Command {
  const provider = `{name="gw",base_url="${modelUrl}/v1",env_key="GW_KEY",wire_api="responses",supports_websockets=false}`;
  return {
    argv: [
      'codex',
      ...words('exec --json --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox'),
      ...words('--ignore-user-config --disable plugins -c model_provider=gw'),
      '-c',
      `model_providers.gw=${provider}`,
      ...words(`-m ${isModelKnown ? 'gpt-5.5' : 'gpt-5'} -`),
    ],
    environment: { CODEX_HOME: `${home}/.codex`, GW_KEY: key },
    files: { '.codex/README': '' },
  };
}

function gemini({ modelUrl, key, hasBudget }: Surroundings): Command {
  return {
    argv: ['gemini', ...words('--output-format stream-json --yolo --skip-trust -m gemini-2.5-pro')],
    environment: { GOOGLE_GEMINI_BASE_URL: modelUrl, GEMINI_API_KEY: key },
    files: {
      '.gemini/settings.json': {
        general: { enableAutoUpdate: false, maxAttempts: 4 },
        privacy: { usageStatisticsEnabled: false },
        security: { auth: { selectedType: 'gemini-api-key' } },
        ...(hasBudget ? { model: { maxSessionTurns: 1 } } : {}),
      },
    },
  };
}

function opencode({ modelUrl, key }: Surroundings): Command {
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    name: 'gw',
    options: { baseURL: `${modelUrl}/v1`, apiKey: key },
    models: { m1: { name: 'm1', cost: { input: 3, output: 15 } } },
  };
  const config = {
    autoupdate: false,
    share: 'disabled',
    enabled_providers: ['gw'],
    model: 'gw/m1',
    small_model: 'gw/m1',
    provider: { gw: provider },
  };
  return {
    argv: ['opencode', ...words('run --format json --auto --pure --model gw/m1')],
    environment: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
    },
  };
}

function pi({ home, modelUrl, key }: Surroundings): Command {
  const cost = { input: 3, output: 15, cacheRead: 0, cacheWrite: 0 };
  const provider = {
    baseUrl: `${modelUrl}/v1`,
    api: 'openai-completions',
    apiKey: key,
    models: [{ id: 'm1', cost }],
  };
  return {
    argv: ['pi', ...words('-p --mode json --provider gw --model m1')],
    environment: {
      PI_CODING_AGENT_DIR: `${home}/.pi/agent`,
      PI_OFFLINE: '1',
      PI_SKIP_VERSION_CHECK: '1',
      PI_TELEMETRY: '0',
    },
    files: { '.pi/agent/models.json': { providers: { gw: provider } } },
  };
}

function qwen({ modelUrl, key, hasBudget }: Surroundings): Command {
  return {
    argv: [
      'qwen',
      ...words('--auth-type openai --output-format stream-json --yolo -m m1'),
      ...(hasBudget ? ['--max-tool-calls', '1'] : []),
    ],
    environment: { OPENAI_BASE_URL: `${modelUrl}/v1`, OPENAI_API_KEY: key },
    files: {
      '.qwen/settings.json': {
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        // Of each of its seven attempts.
        model: { generationConfig: { maxRetries: 0, retryInitialDelayMs: 1000 } },
      },
    },
  };
}

function words(text: string): string[] {
  return text.split(' ');
}
