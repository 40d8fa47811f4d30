import type { AgentSettings } from './agent-settings.ts';
import type { WorkerSettings } from './config.ts';
import type { RunRequest } from './executor.ts';
import type { ForgeTokens } from './forge-tokens.ts';
import type { JournalEntry } from './journal.ts';
import { agentOf } from './policy.ts';
import { accessOf } from './run-spec.ts';
import { readLoginFile, readVariableFile } from './secret-file.ts';

/** How the agent phase is handed the model host's key; the agent's program never sees this variable. */
const modelKeyName = 'VERVE_MODEL_KEY';

/** What a run would be started with. */
export interface Preparation {
  readonly request: RunRequest;
  /** Why the run cannot have what its configuration promises, and how to mend it; undefined when it can. */
  readonly problem: string | undefined;
}

/** What runs are prepared by. */
export interface PreparationParts {
  readonly settings: WorkerSettings;
  readonly forgeTokens: Pick<ForgeTokens, 'hold' | 'fileOf'>;
}

/**
 * Makes a run's request by this worker's configuration alone. Files are read anew each time, and the forge's token is
 * taken. Throws TokenDelayed when the forge is away.
 */
export async function prepareRun(
  { settings, forgeTokens }: PreparationParts,
  entry: JournalEntry,
  signal: AbortSignal,
): Promise<Preparation> {
  const { spec } = entry;
  const agent = agentOf(settings, spec.agent.name);
  const { environment, problem: unread } = agent ? await agentEnvironmentOf(agent) : noEnvironment;
  // Whatever else is wrong: a run that is past its agent needs no more than this.
  const untaken = await forgeTokens.hold(entry, signal);
  return {
    request: {
      spec,
      agentEnvironment: environment,
      access: accessOf(settings, spec, forgeTokens.fileOf(spec.repository)),
      gitEnvironment: settings.gitEnvironment,
    },
    problem: unread === undefined ? untaken : `agent "${spec.agent.name}": ${unread}`,
  };
}

/** What the agent phase has in its environment, as far as the files can be read; and why not all of it. */
interface AgentEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  readonly problem: string | undefined;
}

const noEnvironment: AgentEnvironment = { environment: {}, problem: undefined };

/** Reads what an agent is given: its variables, those from files, and the key of its model host. */
export async function agentEnvironmentOf(agent: AgentSettings): Promise<AgentEnvironment> {
  const read = [
    ...(await readFiles(agent.environmentFiles)),
    ...(await readModelKey(agent.modelHost?.keyFile)),
  ];
  const [problem] = read.flatMap((file) => file.problem ?? []);
  const values = read.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return { environment: { ...agent.environment, ...Object.fromEntries(values) }, problem };
}

interface ReadFile {
  readonly name: string;
  readonly value?: string;
  readonly problem?: string;
}

async function readFiles(files: Readonly<Record<string, string>>): Promise<readonly ReadFile[]> {
  return Promise.all(
    Object.entries(files).map(async ([name, path]): Promise<ReadFile> => {
      const { value, problem } = await readVariableFile(path);
      if (value !== undefined) return { name, value };
      const words = `the file of its variable ${name} ${problem}`;
      return {
        name,
        problem: `${words}; mend the file, or "environmentFiles" in the worker's configuration`,
      };
    }),
  );
}

async function readModelKey(path: string | undefined): Promise<readonly ReadFile[]> {
  if (path === undefined) return [];
  const { value, problem } = await readLoginFile(path);
  if (value !== undefined) return [{ name: modelKeyName, value }];
  const words = `the key of its model host ${problem}`;
  return [{ name: modelKeyName, problem: `${words}; mend the file, or "modelHost.keyFile" of the agent` }];
}
