import { longestPrefix, type Claim, type RunAccess, type RunSpec } from '@verve/contract';

import { priceOf, type AgentSettings } from './agent-settings.ts';
import type { WorkerSettings } from './config.ts';
import { forgeOf } from './forge-of.ts';
import { agentOf } from './policy.ts';

/** What a claim's run is told. */
export function specOf(settings: WorkerSettings, { task, attempt }: Claim): RunSpec {
  const agent = agentOf(settings, task.agent);
  const { kind, apiUrl, pullRequest } = forgeOf(settings, task.repository);
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
    agent: agent ? agentSpecOf(settings, agent, task.model) : { name: task.agent ?? '', driver: '' },
    forge: { kind, ...(apiUrl !== undefined && { apiUrl }), pullRequest },
    mayChangeWorkflows: settings.mayChangeWorkflows,
    logLevel: settings.runLogs,
  };
}

/** What a run is told of its agent. `wanted` is the model that the task names, if it does. */
export function agentSpecOf(
  { preamble, prices }: WorkerSettings,
  agent: AgentSettings,
  wanted?: string,
): RunSpec['agent'] {
  const model = wanted ?? agent.model;
  const { name, driver, command, modelHost, instructions, maxCostUsd, maxTokens, stallSeconds } = agent;
  const price = priceOf(prices, model);
  const { keyFile: _keyFile, ...host } = modelHost ?? {};
  return {
    name,
    driver,
    ...(command && { command }),
    ...(model !== undefined && { model }),
    ...(modelHost && { modelHost: host }),
    ...(preamble !== undefined && { preamble }),
    ...(instructions !== undefined && { instructions }),
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(price && { price }),
    stallSeconds,
    secretVariables: Object.keys(agent.environmentFiles),
  };
}

/**
 * How a run's checkout and publish reach its repository; of the configured credentials only those that fit. A token that
 * the worker takes itself, in its file, is for the forge, and logs git in where no credential does.
 */
export function accessOf(
  settings: WorkerSettings,
  { repository }: Pick<RunSpec, 'repository'>,
  takenFile?: string,
): RunAccess {
  const { credentials, network } = settings;
  const credential = longestPrefix(credentials, repository) ?? loginBy(repository, takenFile);
  const tokenFile = takenFile ?? forgeOf(settings, repository).tokenFile;
  return {
    credentials: credential ? [credential] : [],
    ...(tokenFile !== undefined && { forgeTokenFile: tokenFile }),
    ...(network.caFile !== undefined && { caFile: network.caFile }),
    ...(network.proxy !== undefined && { proxy: network.proxy }),
    ...(network.noProxy !== undefined && { noProxy: network.noProxy }),
  };
}

/** GitHub takes installation tokens as the password of this user, over HTTP alone. */
function loginBy(
  repository: string,
  passwordFile: string | undefined,
): RunAccess['credentials'][number] | undefined {
  if (passwordFile === undefined || !repository.startsWith('https://')) return undefined;
  return { prefix: repository, username: 'x-access-token', passwordFile };
}
