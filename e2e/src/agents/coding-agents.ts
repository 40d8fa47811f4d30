/** The coding agents that are tried as the real programs that they are. */
export const codingAgents = ['claude', 'codex', 'opencode', 'gemini', 'qwen', 'pi'] as const;
export type CodingAgent = (typeof codingAgents)[number];

/** What each needs to ask a model host at an address. */
const hosts = {
  claude: { model: 'sonnet', path: '' },
  codex: { model: 'gpt-5', path: '/v1' },
  opencode: { model: 'scripted', path: '/v1' },
  gemini: { model: 'gemini-2.5-pro', path: '' },
  qwen: { model: 'qwen3-coder-plus', path: '/v1' },
  pi: { model: 'scripted', path: '/v1' },
} as const satisfies Record<CodingAgent, { model: string; path: string }>;

/** An agent's entry as the worker's configuration has it, but for the key; its model host listens at `url`. */
export interface AgentEntry {
  readonly name: string;
  readonly driver: CodingAgent;
  readonly model: string;
  readonly modelHost: { readonly baseUrl: string };
}

/** The entry of a coding agent. */
export function entryOf(agent: CodingAgent, url: string): AgentEntry {
  const { model, path } = hosts[agent];
  return { name: agent, driver: agent, model, modelHost: { baseUrl: `${url}${path}` } };
}

/** The folder in which `npm run agents:install` has put the programs; undefined where nobody says. */
export function programsFolder(): string | undefined {
  return process.env['VERVE_AGENTS_BIN'];
}
