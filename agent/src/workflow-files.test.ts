import { expect, test } from 'vitest';

import { createTestRun, shellAgent, type TestRun } from './testing/run.ts';

const commit = 'git add -A && git commit -qm "Change"';

async function createWork(script: string): Promise<TestRun> {
  const run = createTestRun({ spec: { agent: shellAgent(script) } });
  await run.run('checkout');
  await run.run('agent');
  return run;
}

test.each([
  '.github/workflows/ci.yml',
  '.gitea/workflows/deep/er.yaml',
  '.forgejo/workflows/ci.yml',
  '.gitlab-ci.yml',
  '.circleci/config.yml',
  'azure-pipelines.yml',
  'bitbucket-pipelines.yml',
  'Jenkinsfile',
  '.drone.yml',
  '.woodpecker.yml',
  '.woodpecker/build.yml',
  '.travis.yml',
  '.GitHub/Workflows/ci.yml',
])('%s is not published', async (path) => {
  using run = await createWork(`mkdir -p "$(dirname ${path})" && echo on: push > ${path}`);

  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'PolicyDenied' });
  expect(outcome.message).toContain(path);
  expect(run.git(run.remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
});

test.each([
  [
    'added and taken back',
    `echo x > .travis.yml && ${commit} && git rm -q .travis.yml && ${commit}; echo 1 > one`,
  ],
  [
    'on a side branch that a merge threw away',
    `git checkout -qb side && echo x > .travis.yml && ${commit} && git checkout -q main && echo 1 > one && ${commit} && git merge -qs ours -m Merge side`,
  ],
  [
    'made by a merge itself',
    `git checkout -qb side && echo 2 > two && ${commit} && git checkout -q main && echo 1 > one && ${commit} && git merge -q --no-commit side; echo x > .travis.yml; ${commit}`,
  ],
  [
    'made by a merge and taken back by another',
    `fork() { git checkout -qb $1 && echo $1 > $1 && ${commit} && git checkout -q main && echo $1 > main$1 && ${commit} && git merge -q --no-commit $1; }
     fork a; echo x > .travis.yml; ${commit}; fork b; git rm -qf .travis.yml; ${commit}`,
  ],
  ['a link', 'ln -s README.md .travis.yml'],
  ['a folder that is a link', 'mkdir .github && ln -s .. .github/workflows'],
])('a workflow file %s is found', async (_, script) => {
  using run = await createWork(script);

  expect(await run.run('publish')).toMatchObject({ status: 'failed', reason: 'PolicyDenied' });
});

test('names that only look alike are published', async () => {
  using run = await createWork(
    'mkdir -p docs/.github/workflows && touch docs/.github/workflows/a .travis.yml.md',
  );

  expect(await run.run('publish')).toMatchObject({ status: 'completed' });
});

test('a worker that allows it publishes them', async () => {
  using run = await createWork('echo x > .travis.yml');
  run.respec({ mayChangeWorkflows: true });

  expect(await run.run('publish')).toMatchObject({ status: 'completed' });
});
