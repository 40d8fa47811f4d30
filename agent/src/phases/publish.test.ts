import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createTestRun, shellAgent, type TestRun } from '../testing/run.ts';

/** Runs up to publish, with the demo's work in the bundle, or that of a script. */
async function createWork(script?: string): Promise<TestRun> {
  const run = createTestRun(script === undefined ? {} : { spec: { agent: shellAgent(script) } });
  await run.run('checkout');
  await run.run('agent');
  return run;
}

function forgeBundle(run: TestRun, ...range: string[]): void {
  const bundle = join(run.folder, 'agent', 'work.bundle');
  rmSync(bundle);
  run.git(join(run.folder, 'tree'), 'bundle', 'create', '--quiet', '--version=2', bundle, ...range);
}

function branches(run: TestRun): string[] {
  return run.git(run.remote, 'for-each-ref', '--format=%(refname:short)').split('\n');
}

test('publishing again finds its own commit and ends the same', async () => {
  using run = await createWork();
  const first = await run.run('publish');

  expect(await run.run('publish')).toEqual(first);
});

/** The work of a next attempt at the same task, from the base. */
async function createNextWork(run: TestRun, script: string): Promise<void> {
  run.respec({ attempt: run.spec.attempt + 1, agent: shellAgent(script) });
  await run.run('checkout');
  await run.run('agent');
}

test('a next attempt replaces the branch of the one before', async () => {
  using run = await createWork('echo 1 > one');
  await run.run('publish');
  await createNextWork(run, 'echo 2 > two');

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect(run.git(run.remote, 'ls-tree', '--name-only', run.spec.branch)).toBe('README.md\ntwo');
  expect(run.git(run.remote, 'rev-parse', `refs/verve/pushed/${run.spec.taskId}`)).toBe(outcome.commit);
});

test('a branch that a person pushed to is not replaced by a next attempt', async () => {
  using run = await createWork('echo 1 > one');
  await run.run('publish');
  const seed = join(run.folder, 'seed');
  run.git(seed, 'pull', '--quiet', 'origin', run.spec.branch);
  run.git(seed, 'commit', '--quiet', '--allow-empty', '-m', 'Mend it by hand');
  run.git(seed, 'push', '--quiet', 'origin', `HEAD:refs/heads/${run.spec.branch}`);
  await createNextWork(run, 'echo 2 > two');

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(outcome.message).toContain('somebody has pushed to it since');
  expect(run.git(run.remote, 'log', '-1', '--format=%s', run.spec.branch)).toBe('Mend it by hand');
});

test('a branch that a person deleted is made again', async () => {
  using run = await createWork('echo 1 > one');
  await run.run('publish');
  run.git(run.remote, 'update-ref', '-d', `refs/heads/${run.spec.branch}`);
  await createNextWork(run, 'echo 2 > two');

  expect(await run.run('publish')).toMatchObject({ status: 'completed' });
});

test('a remote that does not take the marker gets the branch alone', async () => {
  using run = await createWork();
  const hook = join(run.remote, 'hooks', 'update');
  writeFileSync(hook, '#!/bin/sh\ncase $1 in refs/verve/*) exit 1;; esac\n', { mode: 0o755 });

  expect(await run.run('publish')).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect(branches(run)).toEqual(['main', run.spec.branch]);
});

function markerOf(run: TestRun): string {
  return run.git(run.remote, 'rev-parse', `refs/verve/pushed/${run.spec.taskId}`);
}

test('a push that another one was in the way of for a moment is tried again, with the marker', async () => {
  using run = await createWork();
  const once = join(run.folder, 'once');
  // What git says where the ref is held by another push.
  const lock = join(run.remote, 'refs', 'heads', `${run.spec.branch}.lock`);
  const hook = `#!/bin/sh\ntest -e ${once} && { rm -f ${lock}; exit 0; }\ntouch ${once}; mkdir -p $(dirname ${lock}); touch ${lock}\n`;
  writeFileSync(join(run.remote, 'hooks', 'pre-receive'), hook, { mode: 0o755 });

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect(markerOf(run)).toBe(outcome.commit);
});

test('a remote that does not move two refs at once gets both, one after the other', async () => {
  using run = await createWork();
  run.git(run.remote, 'config', 'receive.advertiseAtomic', 'false');

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect(markerOf(run)).toBe(outcome.commit);
});

test('publishing again sets a marker that is missing', async () => {
  using run = await createWork();
  const outcome = await run.run('publish');
  run.git(run.remote, 'update-ref', '-d', `refs/verve/pushed/${run.spec.taskId}`);

  expect(await run.run('publish')).toEqual(outcome);
  expect(markerOf(run)).toBe(outcome.commit);
});

test('a branch with work of somebody else is never overwritten', async () => {
  using run = await createWork();
  const seed = join(run.folder, 'seed');
  run.git(seed, 'commit', '--quiet', '--allow-empty', '-m', 'Theirs');
  run.git(seed, 'push', '--quiet', 'origin', `HEAD:refs/heads/${run.spec.branch}`);

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(run.git(run.remote, 'log', '-1', '--format=%s', run.spec.branch)).toBe('Theirs');
});

test('work that does not descend from the base is refused', async () => {
  using run = await createWork();
  const tree = join(run.folder, 'tree');
  run.git(tree, 'checkout', '--quiet', '--orphan', 'work');
  run.git(tree, 'commit', '--quiet', '-m', 'Another history');
  forgeBundle(run, 'refs/heads/work');

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(outcome.message).toContain('does not descend');
  expect(branches(run)).toEqual(['main']);
});

test('a base that the agent phase forged in its tree changes nothing', async () => {
  using run = await createWork();
  const tree = join(run.folder, 'tree');
  run.git(tree, 'checkout', '--quiet', '--orphan', 'work');
  run.git(tree, 'commit', '--quiet', '-m', 'Forged base');
  run.git(tree, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  run.git(tree, 'commit', '--quiet', '--allow-empty', '-m', 'Forged work');
  forgeBundle(run, 'refs/heads/work');

  expect(await run.run('publish')).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(branches(run)).toEqual(['main']);
});

test('a bundle with more than the one ref is refused', async () => {
  using run = await createWork();
  const tree = join(run.folder, 'tree');
  run.git(tree, 'branch', 'work');
  run.git(tree, 'branch', 'second');
  forgeBundle(run, 'refs/heads/work', 'refs/heads/second');

  expect((await run.run('publish')).message).toContain('one ref');
});

test.each([
  ['a link', (path: string) => symlinkSync(`${path}.real`, path)],
  ['a FIFO', (path: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', path])],
  ['no bundle at all', (path: string) => writeFileSync(path, 'gitdir: /etc\n')],
])('%s in place of the bundle is refused', async (_, plant) => {
  using run = await createWork();
  const bundle = join(run.folder, 'agent', 'work.bundle');
  renameSync(bundle, `${bundle}.real`);
  plant(bundle);

  expect(await run.run('publish')).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(branches(run)).toEqual(['main']);
});

test('the base branch may have moved on meanwhile', async () => {
  using run = await createWork();
  const seed = join(run.folder, 'seed');
  run.git(seed, 'commit', '--quiet', '--allow-empty', '-m', 'Later');
  run.git(seed, 'push', '--quiet', 'origin', 'HEAD:refs/heads/main');

  expect(await run.run('publish')).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
});

test('a remote that refuses the push is quoted', async () => {
  using run = await createWork();
  const hook = join(run.remote, 'hooks', 'pre-receive');
  writeFileSync(hook, '#!/bin/sh\necho "branches are frozen this week" >&2\nexit 1\n', { mode: 0o755 });

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(outcome.message).toContain('branches are frozen this week');
});
