import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { writeSecret } from './kept-secret.ts';

/** Programs that need no more than a key of their maker's, where that is looked for, and which host it is for. */
const programs = [
  { name: 'claude', keys: ['ANTHROPIC_API_KEY'], host: 'ANTHROPIC_BASE_URL' },
  { name: 'codex', keys: ['CODEX_API_KEY', 'OPENAI_API_KEY'], host: 'OPENAI_BASE_URL' },
  { name: 'gemini', keys: ['GEMINI_API_KEY'], host: 'GOOGLE_GEMINI_BASE_URL' },
] as const;

/** A coding agent of this machine that the trial can use. */
export interface FoundAgent {
  readonly name: (typeof programs)[number]['name'];
  readonly key: string;
  /** The variable that had it. */
  readonly keyVariable: string;
  /** Where the environment names another host than the maker's. */
  readonly baseUrl?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The agents whose program is on the PATH and whose key is in the environment. */
export function findCodingAgents(env: Environment): readonly FoundAgent[] {
  return programs.flatMap(({ name, keys, host }) => {
    const keyVariable = keys.find((variable) => env[variable]);
    if (keyVariable === undefined || !isOnPath(name, env)) return [];
    const baseUrl = env[host];
    return [{ name, keyVariable, key: env[keyVariable] ?? '', ...(baseUrl && { baseUrl }) }];
  });
}

function isOnPath(program: string, env: Environment): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Where a found agent's key is kept, readable by this user alone. */
function keyFileOf(dataDir: string, name: string): string {
  return join(dataDir, 'model-keys', name);
}

/** Keeps the keys, as they are now. */
export function keepModelKeys(dataDir: string, agents: readonly FoundAgent[]): void {
  if (agents.length === 0) return;
  mkdirSync(join(dataDir, 'model-keys'), { recursive: true, mode: 0o700 });
  for (const { name, key } of agents) writeSecret(keyFileOf(dataDir, name), key);
}

/** An agent's entry in the worker's configuration. JSON strings are YAML strings, whatever is in a path. */
export function entryOf(dataDir: string, { name, baseUrl }: FoundAgent): string {
  const lines = [
    `  - name: ${name}`,
    `    driver: ${name}`,
    '    modelHost:',
    `      keyFile: ${JSON.stringify(keyFileOf(dataDir, name))}`,
    ...(baseUrl === undefined ? [] : [`      baseUrl: ${JSON.stringify(baseUrl)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
