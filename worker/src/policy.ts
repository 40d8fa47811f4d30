import { patternToRegex, type Claim, type RunSpec, type Task } from '@verve/contract';

import type { AgentSettings, WorkerSettings } from './config.ts';

/** What this worker allows, whatever the server says. */
export type Policy = Pick<WorkerSettings, 'agents' | 'repositories'>;

/** The agent's entry that a task is for: the one it names, else the first. */
export function agentOf(policy: Policy, agent: string | undefined): AgentSettings | undefined {
  return agent === undefined ? policy.agents[0] : policy.agents.find((entry) => entry.name === agent);
}

/** Why the worker will not run a task; undefined when it will. */
export function denialOf(policy: Policy, task: Pick<Task, 'agent' | 'repository'>): string | undefined {
  if (!agentOf(policy, task.agent)) {
    const known = policy.agents.map((entry) => entry.name).join(', ');
    return `this worker has no agent "${task.agent}"; it has: ${known}`;
  }
  if (policy.repositories.some((pattern) => patternToRegex(pattern).test(task.repository))) return undefined;
  const allowed = policy.repositories.length === 0 ? 'none' : policy.repositories.join(', ');
  return (
    `this worker does not allow the repository ${task.repository}; it allows: ${allowed}. ` +
    'Add a pattern to "repositories" in its configuration to change that'
  );
}

/** What a claim's run is told. */
export function specOf({ task, attempt }: Claim, agent: AgentSettings | undefined): RunSpec {
  const model = task.model ?? agent?.model;
  return {
    taskId: task.id,
    attempt,
    title: task.title,
    description: task.description,
    repository: task.repository,
    ...(task.baseBranch !== undefined && { baseBranch: task.baseBranch }),
    branch: `verve/${task.id}`,
    agent: {
      name: agent?.name ?? task.agent ?? '',
      driver: agent?.driver ?? '',
      ...(agent?.command && { command: agent.command }),
      ...(model !== undefined && { model }),
    },
    forge: 'none',
  };
}
