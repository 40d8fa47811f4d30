import { longestPrefix, type Claim, type RunAccess, type RunSpec } from '@verve/contract';

import type { ForgeSettings, WorkerSettings } from './config.ts';
import { agentOf } from './policy.ts';

/** The base of a forge's API. */
export function apiUrlOf(forge: ForgeSettings): string {
  return forge.apiUrl ?? new URL('/api/v1', forge.prefix).href;
}

/** What a claim's run is told. */
export function specOf(settings: WorkerSettings, { task, attempt }: Claim): RunSpec {
  const agent = agentOf(settings, task.agent);
  const forge = longestPrefix(settings.forges, task.repository);
  const model = task.model ?? agent?.model;
  return {
    taskId: task.id,
    attempt,
    title: task.title,
    description: task.description,
    repository: task.repository,
    ...(task.baseBranch !== undefined && { baseBranch: task.baseBranch }),
    ...(settings.checkoutDepth !== undefined && { depth: settings.checkoutDepth }),
    branch: `verve/${task.id}`,
    author: settings.author,
    ...(settings.coAuthor && { coAuthor: settings.coAuthor }),
    agent: {
      name: agent?.name ?? task.agent ?? '',
      driver: agent?.driver ?? '',
      ...(agent?.command && { command: agent.command }),
      ...(model !== undefined && { model }),
      ...(agent && {
        stallSeconds: agent.stallSeconds,
        secretVariables: Object.keys(agent.environmentFiles),
      }),
    },
    forge: forge ? { kind: forge.kind, apiUrl: apiUrlOf(forge) } : { kind: 'none' },
    mayChangeWorkflows: settings.mayChangeWorkflows,
    logLevel: settings.runLogs,
  };
}

/** How a run's checkout and publish reach its repository; of the configured credentials only those that fit. */
export function accessOf(settings: WorkerSettings, { repository }: Pick<RunSpec, 'repository'>): RunAccess {
  const { credentials, forges, network } = settings;
  const credential = longestPrefix(credentials, repository);
  const forge = longestPrefix(forges, repository);
  return {
    credentials: credential ? [credential] : [],
    ...(forge && { forgeTokenFile: forge.tokenFile }),
    ...(network.caFile !== undefined && { caFile: network.caFile }),
    ...(network.proxy !== undefined && { proxy: network.proxy }),
    ...(network.noProxy !== undefined && { noProxy: network.noProxy }),
  };
}
