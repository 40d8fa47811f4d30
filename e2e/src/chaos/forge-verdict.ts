import type { TaskDetail } from '@verve/contract';

import type { Published } from './destination.ts';

type Forge = NonNullable<Published['forge']>;

/** What is wrong with a task's pull request, in words: there is one if the task ended so, and none otherwise. */
export function judgePullRequests({ pullRequests }: Forge, task: TaskDetail): string[] {
  const branch = branchOf(task);
  const found = pullRequests.filter(({ head }) => head.ref === branch);
  const [pull, ...more] = found;
  const isExpected = task.status === 'completed' && task.reason === 'PullRequestOpened';
  if (task.status === 'completed' && !isExpected) return ['it ended without a pull request'];
  if (!isExpected) return found.length === 0 ? [] : [`there is a pull request: ${found.length}`];
  if (!pull || more.length > 0) return [`there are ${found.length} pull requests`];
  return [
    ...(pull.state === 'open' ? [] : [`the pull request is ${pull.state}`]),
    ...(pull.head.sha === task.commit ? [] : [`the pull request is at ${pull.head.sha}`]),
    ...(pull.base.ref === 'main' ? [] : [`the pull request is for ${pull.base.ref}`]),
    ...(task.pullRequestUrl?.endsWith(`/pulls/${pull.number}`) === true
      ? []
      : [`the pull request is ${pull.number}, the task says ${task.pullRequestUrl ?? 'nothing'}`]),
  ];
}

/** Refs that should be there and are not, or the other way round. */
export function judgeRefs(published: Published, tasks: readonly TaskDetail[]): string[] {
  const { forge } = published;
  if (!forge) return [];
  const pushed = tasks.filter((task) => published.pushesTo(branchOf(task)).length > 0);
  const expected = new Set([
    'refs/heads/main',
    ...forge.pullRequests.map(({ number }) => `refs/pull/${number}/head`),
    ...pushed.flatMap((task) => [`refs/heads/${branchOf(task)}`, `refs/verve/pushed/${task.id}`]),
  ]);
  const there = new Set(forge.refs);
  return [
    ...[...expected].filter((ref) => !there.has(ref)).map((ref) => `${ref} is missing at the forge`),
    ...[...there].filter((ref) => !expected.has(ref)).map((ref) => `${ref} should not be at the forge`),
  ];
}

/** The branch that a task's work goes to. */
export function branchOf({ id }: Pick<TaskDetail, 'id'>): string {
  return `verve/${id}`;
}
