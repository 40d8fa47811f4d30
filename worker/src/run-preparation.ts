import type { WorkerSettings } from './config.ts';
import type { RunRequest } from './executor.ts';
import type { JournalEntry } from './journal.ts';
import { agentOf } from './policy.ts';
import { accessOf } from './run-spec.ts';
import { readLoginFile, readVariableFile } from './secret-file.ts';

/** How the agent phase is handed the model host's key; the agent's program never sees this variable. */
const modelKeyName = 'VERVE_MODEL_KEY';

/** What a run would be started with. */
export interface Preparation {
  readonly request: RunRequest;
  /** Why the agent phase cannot have what its configuration promises, and how to mend it; undefined when it can. */
  readonly problem: string | undefined;
}

/** Makes a run's request by this worker's configuration alone. Files are read anew each time. */
export async function prepareRun(settings: WorkerSettings, { spec }: JournalEntry): Promise<Preparation> {
  const agent = agentOf(settings, spec.agent.name);
  const read = [
    ...(await readFiles(agent?.environmentFiles ?? {})),
    ...(await readModelKey(agent?.modelHost?.keyFile)),
  ];
  const [problem] = read.flatMap((file) => file.problem ?? []);
  const values = read.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return {
    request: {
      spec,
      agentEnvironment: { ...agent?.environment, ...Object.fromEntries(values) },
      access: accessOf(settings, spec),
      gitEnvironment: settings.gitEnvironment,
    },
    problem: problem && `agent "${spec.agent.name}": ${problem}`,
  };
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
