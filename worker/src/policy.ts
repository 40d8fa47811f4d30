import { branch, patternToRegex, repositoryProblem, type Task } from '@verve/contract';

import type { AgentSettings } from './agent-settings.ts';
import type { WorkerSettings } from './config.ts';

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
