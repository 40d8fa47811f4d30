import { driverTraits } from '@verve/contract/drivers';

import type { ProgramEvent } from '../driver-event.ts';
import type { Driver, Preparation } from '../driver.ts';
import { PhaseFailed } from '../outcome.ts';
import { eventsOfCodex } from './codex-events.ts';
import { usageOfTrace } from './codex-trace.ts';
import { verdictOf } from './ending.ts';
import { jsonLine } from './json-line.ts';
import { addressBelow, checkWithBearer } from './model-host.ts';

const { makersHost } = driverTraits.codex;
const keyVariable = 'MODEL_HOST_KEY';

/** It asks again so often that it bears half a minute of trouble, and gives up soon after. */
const requestRetries = 2;
const streamRetries = 7;
/** Between two events of a stream, which come while the model thinks too. */
const idleTimeoutMs = 300_000;

/** What it would do besides working on the task, or for ever; subagents work without an event. */
const disabled = ['apps', 'goals', 'multi_agent', 'plugins', 'unbounded_connection_retries'] as const;

/** Codex, which speaks the OpenAI Responses API. Its base URL ends with `/v1`. */
export const codexDriver: Driver = {
  program: { name: 'codex', versionArguments: ['--version'], oldest: '0.160.0' },

  prepare({ spec, prompt, modelKey, home }) {
    const { name, model, modelHost } = spec.agent;
    if (modelHost?.api !== undefined && modelHost.api !== 'openai') {
      const message = `Codex speaks the OpenAI Responses API alone: take "api" from the model host of "${name}"`;
      throw new PhaseFailed('ConfigInvalid', message);
    }
    const provider = providerOf(modelHost?.baseUrl ?? makersHost, modelKey !== undefined);
    return {
      argv: [
        'codex',
        'exec',
        '--json',
        '--color=never',
        '--ephemeral',
        '--skip-git-repo-check',
        '--ignore-user-config',
        '--ignore-rules',
        // The run is the sandbox.
        '--dangerously-bypass-approvals-and-sandbox',
        ...disabled.map((feature) => `--disable=${feature}`),
        ...settingsOf(provider).flatMap((setting) => ['-c', setting]),
        ...(model === undefined ? [] : ['-m', model]),
        '-',
      ],
      environment: environmentOf(home, modelKey),
      // It does not start without the folder.
      files: [{ below: 'home', path: '.codex/README', content: 'Of the run alone.\n' }],
      stdin: prompt,
    };
  },

  parse(line, stream): readonly ProgramEvent[] | undefined {
    if (stream === 'e') return usageOfTrace(line);
    const event = jsonLine(line);
    return event && eventsOfCodex(event);
  },

  classify: (end) => verdictOf('codex', end),

  modelCheck: ({ baseUrl = makersHost }, key) => checkWithBearer(addressBelow(baseUrl, '/models'), key),
};

/** A provider of our own, since the maker's takes no other host by settings that a tree could not change. In TOML. */
function providerOf(baseUrl: string, hasKey: boolean): string {
  const entries = [
    'name="model host"',
    `base_url=${JSON.stringify(baseUrl)}`,
    ...(hasKey ? [`env_key="${keyVariable}"`] : []),
    'wire_api="responses"',
    'supports_websockets=false',
    `request_max_retries=${requestRetries}`,
    `stream_max_retries=${streamRetries}`,
    `stream_idle_timeout_ms=${idleTimeoutMs}`,
  ];
  return `{${entries.join(',')}}`;
}

function settingsOf(provider: string): readonly string[] {
  return [
    'model_provider="host"',
    `model_providers.host=${provider}`,
    'analytics.enabled=false',
    // It would be the host that searches, past what the run may reach; and hosts of other makers refuse the tool.
    'web_search="disabled"',
    // A login shell would put the system's PATH in the place of the agent's.
    'allow_login_shell=false',
    `shell_environment_policy.exclude=["${keyVariable}","RUST_LOG"]`,
  ];
}

function environmentOf(home: string, modelKey: string | undefined): Preparation['environment'] {
  return {
    CODEX_HOME: `${home}/.codex`,
    // Its events tell usage at the end of a run alone; this trace tells it after each answer of the model.
    RUST_LOG: 'error,codex_otel.trace_safe=info',
    ...(modelKey !== undefined && { [keyVariable]: modelKey }),
  };
}
