import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import type { PullRequest } from './forge-admin.ts';
import { startForgeWorld, type ForgeWorld } from './forge-world.ts';
import { skipWithout, thisMachine, whyMissing } from './requirements.ts';

// What becomes of a pull request on a real Gitea between the attempts of a task, and what the settings make of it.

vi.setConfig({ testTimeout: 120_000 });

let world: ForgeWorld;

beforeAll(async () => {
  if (whyMissing('forge', thisMachine) === undefined) world = await startForgeWorld();
});
beforeEach((context) => skipWithout('forge', context));
afterAll(async () => world?.[Symbol.asyncDispose]());

const greet = 'date +%N > greeting';

interface Decorated extends PullRequest {
  readonly draft: boolean;
  readonly merged: boolean;
  readonly labels: readonly { readonly name: string }[];
  readonly requested_reviewers: readonly { readonly login: string }[];
  readonly assignees: readonly { readonly login: string }[] | null;
}

async function pulls(repository: string): Promise<readonly Decorated[]> {
  return (await world.forge.pullRequests(repository)) as readonly Decorated[];
}

/** The forge opens pull requests and seems to refuse, so that a person has to retry. */
function seemToRefuse(isRefusing: boolean): void {
  world.proxy.disguise = ({ method, url }) =>
    isRefusing && method === 'POST' && url?.endsWith('/pulls') === true ? 403 : undefined;
}

test('a pull request is as the settings say, and the log tells what the forge did not take', async () => {
  const { forge, reviewer } = world;
  const repository = await world.makeRepository('settled');
  await forge.call('PUT', `/repos/${repository}/collaborators/${reviewer}`, { permission: 'read' });
  await forge.call('POST', `/repos/${repository}/labels`, { name: 'robot', color: '#00aabb' });

  const task = await world.perform(repository, greet);

  expect(task).toMatchObject({ status: 'completed', reason: 'PullRequestOpened' });
  expect(await pulls(repository)).toMatchObject([
    {
      title: 'WIP: Say hello by script',
      draft: true,
      labels: [{ name: 'robot' }],
      requested_reviewers: [{ login: reviewer }],
      assignees: [{ login: forge.user }],
    },
  ]);
  const log = await world.log(task);
  for (const left of [
    'without the label \\"no-such-label\\": the repository has no such label',
    `without the reviewer \\"no-such-user\\": User 'no-such-user' not exist`,
    `without the reviewer \\"${forge.user}\\": poster of pr can't be reviewer`,
    'without the assignee \\"no-such-user\\": Assignee does not exist',
  ]) {
    expect(log).toContain(left);
  }
});

test('a pull request links the issue that its description names, on the forge too', async () => {
  const { forge } = world;
  const repository = await world.makeRepository('issue');
  await forge.call('POST', `/repos/${repository}/issues`, { title: 'Nobody greets' });

  await world.perform(repository, `${greet} # fixes #1`);

  const [pull] = await pulls(repository);
  expect(pull?.body).toContain('\n\nCloses #1\n\n---\n');
  const events = await forge.call<{ type: string }[]>('GET', `/repos/${repository}/issues/1/timeline`);
  expect(events.map(({ type }) => type)).toContain('pull_ref');
});

test('a pull request that a person closed is not opened again', async () => {
  const { forge } = world;
  const repository = await world.makeRepository('closed');
  seemToRefuse(true);
  const first = await world.perform(repository, greet);
  seemToRefuse(false);
  await forge.call('PATCH', `/repos/${repository}/pulls/1`, { state: 'closed' });

  const second = await world.retry(first);

  expect(second).toMatchObject({ status: 'failed', reason: 'PullRequestFailed' });
  expect(second.message).toMatch(/the pull request http\S+\/pulls\/1 was closed without being merged/);
  expect(await pulls(repository)).toMatchObject([{ number: 1, state: 'closed', merged: false }]);
});

test('after a pull request was merged, newer work gets another', async () => {
  const { forge } = world;
  const repository = await world.makeRepository('merged');
  seemToRefuse(true);
  const first = await world.perform(repository, greet);
  seemToRefuse(false);
  await vi.waitFor(async () => forge.call('POST', `/repos/${repository}/pulls/1/merge`, { Do: 'merge' }), {
    timeout: 30_000,
    interval: 500,
  });

  const second = await world.retry(first);

  expect(second).toMatchObject({ status: 'completed', reason: 'PullRequestOpened' });
  expect(second.pullRequestUrl).toMatch(/\/pulls\/2$/);
  expect(await pulls(repository)).toMatchObject([
    { number: 1, merged: true },
    { number: 2, state: 'open', head: { sha: second.commit } },
  ]);
});

test('a repository that takes no pull requests ends the task with its reason, and keeps the branch', async () => {
  const { forge } = world;
  const repository = await world.makeRepository('without');
  await forge.call('PATCH', `/repos/${repository}`, { has_pull_requests: false });

  const task = await world.perform(repository, greet);

  expect(task).toMatchObject({ status: 'failed', reason: 'PullRequestFailed', branch: `verve/${task.id}` });
  expect(task.message).toContain('has pull requests turned off; turn them on in its settings');
  expect(await forge.branches(repository)).toContain(`refs/heads/verve/${task.id}`);
});
