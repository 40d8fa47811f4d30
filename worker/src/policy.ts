import {
  branch,
  longestPrefix,
  patternToRegex,
  repositoryProblem,
  type Claim,
  type RunAccess,
  type RunSpec,
  type Task,
} from '@verve/contract';

import type { AgentSettings, ForgeSettings, WorkerSettings } from './config.ts';

/** What this worker allows, whatever the server says. */
export type Policy = Pick<WorkerSettings, 'agents' | 'repositories'>;

/** The agent's entry that a task is for: the one it names, else the first. */
export function agentOf(policy: Policy, agent: string | undefined): AgentSettings | undefined {
  return agent === undefined ? policy.agents[0] : policy.agents.find((entry) => entry.name === agent);
}

/** Why the worker will not run a task, whose fields may be anything; undefined when it will. */
export function denialOf(
  policy: Policy,
  task: Pick<Task, 'agent' | 'repository' | 'baseBranch'>,
): string | undefined {
  if (!agentOf(policy, task.agent)) {
    const known = policy.agents.map((entry) => entry.name).join(', ');
    return `this worker has no agent "${task.agent}"; it has: ${known}`;
  }
  const problem = repositoryProblem(task.repository);
  if (problem !== undefined)
    return `this worker does not allow the repository ${task.repository}: it ${problem}`;
  if (task.baseBranch !== undefined && !branch.safeParse(task.baseBranch).success) {
    return `this worker does not allow the base branch ${task.baseBranch}: it is no legal name`;
  }
  if (policy.repositories.some((pattern) => patternToRegex(pattern).test(task.repository))) return undefined;
  const allowed = policy.repositories.length === 0 ? 'none' : policy.repositories.join(', ');
  return (
    `this worker does not allow the repository ${task.repository}; it allows: ${allowed}. ` +
    'Add a pattern to "repositories" in its configuration to change that'
  );
}

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
