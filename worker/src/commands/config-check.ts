import { SettingsInvalid } from '@verve/contract';

import { loadConfig, type Environment, type WorkerConfig, type WorkerSettings } from '../config.ts';
import { readKey } from '../worker-key.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';

/** What the check takes. */
export interface ConfigCheck {
  readonly env: Environment;
  readonly isJson: boolean;
  readonly write: (text: string) => unknown;
}

/** `verve-worker config check`: every problem with its path, or what is in effect, without secrets. */
export async function checkConfig({ env, isJson, write }: ConfigCheck): Promise<ExitCode> {
  let config: WorkerConfig;
  try {
    config = await loadWithKey(env);
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    write(isJson ? json({ ok: false, problems: error.problems }) : `${error.message}\n`);
    return exitCodes.failed;
  }
  const { unknownVariables } = config;
  const settings = withoutSecrets(config.settings);
  if (isJson) {
    write(json({ ok: true, settings, unknownVariables }));
    return exitCodes.ok;
  }
  write(json(settings));
  for (const variable of unknownVariables) write(`warning: ${variable} is no setting and is ignored\n`);
  return exitCodes.ok;
}

/** The worker itself waits for the file of its key; who asks wants to know. */
async function loadWithKey(env: Environment): Promise<WorkerConfig> {
  const config = loadConfig(env);
  const { problem } = await readKey(config);
  if (problem !== undefined) throw new SettingsInvalid([{ path: 'keyFile', message: problem }]);
  return config;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Whatever a person may have put a secret into is left out: the values of variables, and who logs in at a proxy. */
function withoutSecrets(settings: WorkerSettings): WorkerSettings {
  const { agents, gitEnvironment, network, serverUrl, ...rest } = settings;
  return {
    ...rest,
    serverUrl: withoutLogin(serverUrl),
    agents: agents.map((agent) => ({ ...agent, environment: namesOf(agent.environment) })),
    gitEnvironment: namesOf(gitEnvironment),
    network: { ...network, ...(network.proxy !== undefined && { proxy: withoutLogin(network.proxy) }) },
  };
}

function namesOf(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(environment).map((name) => [name, '(set)']));
}

function withoutLogin(address: string): string {
  const url = new URL(address);
  if (url.username === '' && url.password === '') return address;
  url.username = '***';
  url.password = '';
  return url.href;
}
