import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';

import type { Task } from '@verve/contract';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { startForgeWorld, type ForgeWorld } from './forge-world.ts';
import { skipWithout, thisMachine, whyMissing } from './requirements.ts';

// From a task to a pull request on a real Gitea, which is reached over TLS and with a login.

vi.setConfig({ testTimeout: 120_000 });

let world: ForgeWorld;

beforeAll(async () => {
  if (whyMissing('forge', thisMachine) === undefined) world = await startForgeWorld();
});
beforeEach((context) => skipWithout('forge', context));
afterAll(async () => world?.[Symbol.asyncDispose]());

const greet = 'echo hello > greeting';

function endOf({ status, reason }: Task): object {
  return { status, reason };
}

test('a task becomes a pull request by the author, with title, words and footer', async () => {
  const { forge } = world;
  const repository = await world.makeRepository('plain');

  const task = await world.perform(repository, greet);

  expect(task).toMatchObject({ status: 'completed', reason: 'PullRequestOpened', usage: { costUsd: 0.25 } });
  const [pull, ...others] = await forge.pullRequests(repository);
  expect(others).toEqual([]);
  expect(pull).toMatchObject({
    title: 'Say hello',
    state: 'open',
    head: { ref: `verve/${task.id}`, sha: task.commit },
    base: { ref: 'main' },
    body:
      `I wrote a greeting. Ask @\u200Bsomebody.\n\n---\nVerve task \`${task.id}\`, attempt 1, agent \`script\`. ` +
      'Author: `Greeter <greeter@example.test>`; co-author: `Ada <ada@example.test>`.',
  });
  expect(task.pullRequestUrl).toMatch(new RegExp(`/${repository}/pulls/${pull?.number}$`));
  const { commit } = await forge.call<{ commit: object }>(
    'GET',
    `/repos/${repository}/git/commits/${task.commit}`,
  );
  expect(commit).toMatchObject({
    author: { name: 'Greeter', email: 'greeter@example.test' },
    message: `Say hello\n\nVerve-Task: ${task.id}\nCo-authored-by: Ada <ada@example.test>\n`,
  });
  expect(await forge.branches(repository)).toEqual([
    'refs/heads/main',
    `refs/heads/verve/${task.id}`,
    expect.stringContaining('refs/pull/1/head') as string,
    `refs/verve/pushed/${task.id}`,
  ]);
});

test('what was published is published again as one pull request, with the work of the next attempt', async () => {
  const { forge, proxy } = world;
  const repository = await world.makeRepository('twice');
  // The forge opens it and seems to refuse, so that a person has to retry.
  proxy.disguise = ({ method, url }) =>
    method === 'POST' && url?.endsWith('/pulls') === true ? 403 : undefined;

  const first = await world.perform(repository, 'date +%N > greeting');
  proxy.disguise = () => undefined;
  const second = await world.retry(first);

  expect(endOf(first)).toEqual({ status: 'failed', reason: 'PullRequestFailed' });
  expect(second).toMatchObject({ status: 'completed', reason: 'PullRequestOpened', attempt: 2 });
  const pulls = await forge.pullRequests(repository);
  expect(pulls).toMatchObject([{ state: 'open', head: { sha: second.commit } }]);
  expect(pulls[0]?.body).toContain('attempt 2');
});

test('a branch that a person pushed to meanwhile is left to that person', async () => {
  const { forge, proxy } = world;
  const repository = await world.makeRepository('person');
  proxy.disguise = ({ method, url }) =>
    method === 'POST' && url?.endsWith('/pulls') === true ? 403 : undefined;
  const first = await world.perform(repository, 'date +%N > greeting');
  proxy.disguise = () => undefined;
  const branch = `verve/${first.id}`;
  const content = Buffer.from('by hand').toString('base64');
  await forge.call('POST', `/repos/${repository}/contents/mine`, { branch, content, message: 'By hand' });

  const second = await world.retry(first);

  expect(endOf(second)).toEqual({ status: 'failed', reason: 'PublishFailed' });
  expect(second.message).toContain('somebody has pushed to it since');
});

test('a task that changes nothing leaves neither branch nor pull request', async () => {
  const repository = await world.makeRepository('nothing');

  const task = await world.perform(repository, 'true');

  expect(endOf(task)).toEqual({ status: 'completed', reason: 'NoChanges' });
  expect(await world.forge.branches(repository)).toEqual(['refs/heads/main']);
  expect(await world.forge.pullRequests(repository)).toEqual([]);
});

async function protect(repository: string): Promise<void> {
  const rule = { rule_name: 'verve/**', enable_push: false };
  await world.forge.call('POST', `/repos/${repository}/branch_protections`, rule);
}

async function archive(repository: string): Promise<void> {
  await world.forge.call('PATCH', `/repos/${repository}`, { archived: true });
}

interface Refusal {
  readonly name: string;
  readonly prepare?: (repository: string) => Promise<void>;
  readonly script?: string;
  readonly baseBranch?: string;
  readonly reason: string;
  readonly words: string;
}

const workflow = '.gitea/workflows/a.yml';

const refusals: readonly Refusal[] = [
  { name: 'guarded', prepare: protect, reason: 'PublishFailed', words: 'branch protection' },
  { name: 'shelved', prepare: archive, reason: 'PublishFailed', words: 'archived' },
  { name: 'unwritable', reason: 'PublishFailed', words: 'have no right' },
  { name: 'no-pull', reason: 'PullRequestFailed', words: 'write:repository' },
  { name: 'no-branch', baseBranch: 'nope', reason: 'CheckoutFailed', words: 'no branch "nope"' },
  {
    name: 'workflow',
    script: `mkdir -p $(dirname ${workflow}); touch ${workflow}`,
    reason: 'PolicyDenied',
    words: workflow,
  },
];

test.each(refusals)('a repository that is $name ends the task with its reason', async (refusal) => {
  const { name, prepare, script = greet, baseBranch, reason, words } = refusal;
  const repository = await world.makeRepository(name);
  await prepare?.(repository);

  const task = await world.perform(repository, script, baseBranch === undefined ? {} : { baseBranch });

  expect(endOf(task)).toEqual({ status: 'failed', reason });
  expect(task.message).toContain(words);
  expect(await world.forge.pullRequests(repository)).toEqual([]);
});

test('an empty repository and one that is not there end the task with their reasons', async () => {
  const empty = await world.perform(await world.makeRepository('empty', true), greet);
  const missing = await world.perform(`${world.forge.user}/${randomUUID()}`, greet);

  expect(endOf(empty)).toEqual({ status: 'failed', reason: 'CheckoutFailed' });
  expect(empty.message).toContain('has no commit yet');
  expect(endOf(missing)).toEqual({ status: 'failed', reason: 'CheckoutFailed' });
  expect(missing.message).toContain('no repository at');
});

test('neither the server nor the worker writes the token down, whatever the agent prints', async () => {
  const { forge, folder } = world;
  const repository = await world.makeRepository('quiet');

  const task = await world.perform(
    repository,
    `${greet}; env; cat .git/config; git config --list --show-origin`,
  );

  expect(endOf(task)).toEqual({ status: 'completed', reason: 'PullRequestOpened' });
  const find = 'find "$0" -type f -print0 | xargs -0 grep -laF -- "$1"; true';
  const files = execFileSync('sh', ['-c', find, folder, forge.token], { encoding: 'utf8' }).split('\n');
  expect(files.filter(Boolean).toSorted()).toEqual(
    ['password', 'settled-token', 'token'].map((name) => `${folder}/${name}`),
  );
  expect(world.worker.out() + world.worker.err()).not.toContain(forge.token);
});
