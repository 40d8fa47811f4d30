import { join } from 'node:path';

import { agentLines } from './agent-lines.ts';
import { entryOf, findCodingAgents, keepModelKeys } from './coding-agents.ts';
import { readConfiguredAgents } from './configured-agents.ts';
import type { TrialSettings } from './settings.ts';
import { writeWorkerFiles } from './worker-files.ts';

/** The worker's configuration, and what the banner says of its coding agents. */
interface WorkerSetup {
  readonly configFile: string;
  readonly agentLines: readonly string[];
}

/**
 * Writes the worker's files, with the coding agents that this machine has, and keeps their keys. A second time: the
 * keys alone. Throws CannotStart, and when the signal aborts.
 */
export async function setUpWorker(
  { dataDir, environment }: Pick<TrialSettings, 'dataDir' | 'environment'>,
  sampleUrl: string,
  signal: AbortSignal,
): Promise<WorkerSetup> {
  const configFile = join(dataDir, 'worker.yaml');
  const found = await findCodingAgents(environment, readConfiguredAgents(configFile), signal);
  keepModelKeys(dataDir, found);
  const usable = found.filter(({ program, key }) => program === 'works' && key !== undefined);
  const agentEntries = usable.map((agent) => entryOf(dataDir, agent));
  writeWorkerFiles({ configFile, commandFile: join(dataDir, 'command.sh'), sampleUrl, agentEntries });
  // Again, for they may have been written just now.
  const configured = readConfiguredAgents(configFile);
  const agents = found.map((agent) =>
    agent.entries.length > 0
      ? agent
      : { ...agent, entries: configured.filter(({ driver }) => driver === agent.name) },
  );
  return { configFile, agentLines: agentLines(dataDir, agents) };
}
