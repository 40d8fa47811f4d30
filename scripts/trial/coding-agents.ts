import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { ConfiguredAgent } from './configured-agents.ts';
import { writeSecret } from './kept-secret.ts';
import { doesStart, findOnPath } from './program-start.ts';

/** Programs that need no more than a key of their maker's, where that is looked for, and which host it is for. */
const programs = [
  {
    name: 'claude',
    keys: ['ANTHROPIC_API_KEY'],
    host: 'ANTHROPIC_BASE_URL',
    maker: 'https://api.anthropic.com',
  },
  {
    name: 'codex',
    keys: ['CODEX_API_KEY', 'OPENAI_API_KEY'],
    host: 'OPENAI_BASE_URL',
    maker: 'https://api.openai.com/v1',
  },
  {
    name: 'gemini',
    keys: ['GEMINI_API_KEY'],
    host: 'GOOGLE_GEMINI_BASE_URL',
    maker: 'https://generativelanguage.googleapis.com',
  },
] as const;
type Program = (typeof programs)[number];

/** A coding agent that the environment has a key for, or that the worker's configuration has. */
export interface CodingAgent {
  readonly name: Program['name'];
  /** `broken`: it is on the PATH and does not tell its version. */
  readonly program: 'works' | 'broken' | 'absent';
  /** The key and the variable that had it; undefined when the environment has none. */
  readonly key: { readonly variable: string; readonly value: string } | undefined;
  /** The variable that may name another host than the maker's. */
  readonly hostVariable: Program['host'];
  /** The host that it names; undefined: the maker's. */
  readonly baseUrl: string | undefined;
  /** What the worker's configuration has of it. */
  readonly entries: readonly ConfiguredAgent[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The agents that have a program and a key here, or are configured. Their programs are tried; throws when the signal aborts. */
export async function findCodingAgents(
  env: Environment,
  configured: readonly ConfiguredAgent[],
  signal: AbortSignal,
): Promise<readonly CodingAgent[]> {
  const found = await Promise.all(
    programs.map(async ({ name, keys, host, maker }): Promise<CodingAgent[]> => {
      const variable = keys.find((one) => env[one]);
      const key = variable === undefined ? undefined : { variable, value: env[variable] ?? '' };
      const own = configured.filter(({ driver }) => driver === name);
      const entries = own.map((entry) => ({ ...entry, baseUrl: otherHost(entry.baseUrl, maker) }));
      if (key === undefined && entries.length === 0) return [];
      const program = await tryProgram(name, entries[0]?.path ?? env['PATH'] ?? '', signal);
      if (program === 'absent' && entries.length === 0) return [];
      return [{ name, program, key, hostVariable: host, baseUrl: otherHost(env[host], maker), entries }];
    }),
  );
  return found.flat();
}

async function tryProgram(name: string, path: string, signal: AbortSignal): Promise<CodingAgent['program']> {
  const file = findOnPath(name, path);
  if (file === undefined) return 'absent';
  return (await doesStart(file, path, signal)) ? 'works' : 'broken';
}

function otherHost(baseUrl: string | undefined, maker: string): string | undefined {
  const host = baseUrl?.replace(/\/+$/, '') || undefined;
  return host === maker ? undefined : host;
}

/** Where an agent's key is kept, readable by this user alone. */
export function keyFileOf(dataDir: string, name: string): string {
  return join(dataDir, 'model-keys', name);
}

/** The entries that send the kept key to their host. */
function entriesWithKey(dataDir: string, { name, entries }: CodingAgent): readonly ConfiguredAgent[] {
  const kept = resolve(keyFileOf(dataDir, name));
  return entries.filter(({ keyFile }) => keyFile !== undefined && resolve(keyFile) === kept);
}

/** The entry that would send the environment's key to another host than the environment names for it, if there is one. */
export function strayEntry(dataDir: string, agent: CodingAgent): ConfiguredAgent | undefined {
  if (agent.key === undefined) return undefined;
  return entriesWithKey(dataDir, agent).find(({ baseUrl }) => baseUrl !== agent.baseUrl);
}

/** Keeps the keys as the environment has them, of agents that work and send them to the host they are for. */
export function keepModelKeys(dataDir: string, agents: readonly CodingAgent[]): void {
  for (const agent of agents) {
    const { name, key, program, entries } = agent;
    const isWanted = entries.length === 0 || entriesWithKey(dataDir, agent).length > 0;
    if (key === undefined || program !== 'works' || !isWanted || strayEntry(dataDir, agent)) continue;
    mkdirSync(join(dataDir, 'model-keys'), { recursive: true, mode: 0o700 });
    writeSecret(keyFileOf(dataDir, name), key.value);
  }
}

/** More than most tasks need. */
const tokenBound = 5_000_000;

/** An agent's entry in the worker's configuration. JSON strings are YAML strings, whatever is in a path. */
export function entryOf(dataDir: string, { name, baseUrl }: CodingAgent): string {
  const lines = [
    `  - name: ${name}`,
    `    driver: ${name}`,
    `    maxTokens: ${tokenBound} # of one attempt: a loop can cost hundreds`,
    '    modelHost:',
    `      keyFile: ${JSON.stringify(keyFileOf(dataDir, name))}`,
    ...(baseUrl === undefined ? [] : [`      baseUrl: ${JSON.stringify(baseUrl)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
