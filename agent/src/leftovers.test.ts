import { join } from 'node:path';

import type { RunSpec } from '@verve/contract';
import { expect, test } from 'vitest';

import { createTestRun, shellAgent, type TestRun } from './testing/run.ts';

/** Lets a script work and takes its bundle into the seed repository, as the branch `work`. */
async function work(script: string, spec: Partial<RunSpec> = {}): Promise<TestRun> {
  const run = createTestRun({ spec: { ...spec, agent: shellAgent(script) } });
  await run.run('checkout');
  expect(await run.run('agent')).toMatchObject({ status: 'completed' });
  run.git(
    join(run.folder, 'seed'),
    'fetch',
    '--quiet',
    join(run.folder, 'agent', 'work.bundle'),
    'work:work',
  );
  return run;
}

function filesOf(run: TestRun): string[] {
  return run.git(join(run.folder, 'seed'), 'ls-tree', '-r', '--name-only', 'work').split('\n');
}

test('the commit is by the author and names task and co-author', async () => {
  using run = await work('echo 1 > one', {
    title: 'Say\n hello',
    author: { name: 'Bot', email: 'bot@example.org' },
    coAuthor: { name: 'Ada', email: 'ada@example.org' },
  });

  const log = run.git(join(run.folder, 'seed'), 'log', '-1', '--format=%an <%ae> %cn <%ce>%n%B', 'work');
  expect(log).toBe(
    'Bot <bot@example.org> Bot <bot@example.org>\nSay hello\n\n' +
      `Verve-Task: ${run.spec.taskId}\nCo-authored-by: Ada <ada@example.org>`,
  );
});

test('commits of the agent itself are by the author too', async () => {
  using run = await work('git commit -q --allow-empty -m Own', {
    author: { name: 'Bot', email: 'bot@example.org' },
  });

  expect(run.git(join(run.folder, 'seed'), 'log', '-1', '--format=%an %s', 'work')).toBe('Bot Own');
});

test('a folder that the agent made a repository is committed with its files', async () => {
  using run = await work(
    'git init -q app && cd app && echo 1 > one && git add . && git -c user.name=x -c user.email=x commit -qm One',
  );

  expect(filesOf(run)).toEqual(['README.md', 'app/one']);
});

test('a repository in an ignored folder stays out', async () => {
  using run = await work('echo vendor > .gitignore; git init -q vendor/lib; touch vendor/lib/file');

  expect(filesOf(run)).toEqual(['.gitignore', 'README.md']);
});

test('deleted, changed, ignored and executable files are as the agent left them', async () => {
  using run = await work(
    'rm README.md; echo "*.log" > .gitignore; touch a.log; touch run.sh; chmod +x run.sh',
  );

  expect(filesOf(run)).toEqual(['.gitignore', 'run.sh']);
  expect(run.git(join(run.folder, 'seed'), 'ls-tree', 'work', 'run.sh')).toContain('100755');
});

test('what is left on a branch of the agent’s own, or on none, counts', async () => {
  using branch = await work('git checkout -qb own; git commit -q --allow-empty -m Own; git pack-refs --all');
  using none = await work('git checkout -q --detach; git commit -q --allow-empty -m None');

  expect(branch.git(join(branch.folder, 'seed'), 'log', '-1', '--format=%s', 'work')).toBe('Own');
  expect(none.git(join(none.folder, 'seed'), 'log', '-1', '--format=%s', 'work')).toBe('None');
});
