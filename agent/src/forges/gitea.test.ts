import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PhaseOutcome, RunSpec } from '@verve/contract';
import { expect, test } from 'vitest';

import { publishAt } from '../forge.ts';
import { startFakeGitea, type FakeAnswer, type FakeGitea } from '../testing/fake-gitea.ts';
import { createTestRun, type TestRun } from '../testing/run.ts';
import { createGitea } from './gitea.ts';

interface Started extends AsyncDisposable {
  readonly run: TestRun;
  readonly gitea: FakeGitea;
  publish(spec?: Partial<RunSpec>, said?: { summary?: string; base?: string }): Promise<PhaseOutcome>;
}

/** With so much time for what may be passing trouble. */
async function start(forMs = 3_600_000): Promise<Started> {
  const gitea = await startFakeGitea();
  const run = createTestRun();
  run.respec({
    repository: 'https://forge.example/acme/app.git',
    forge: { kind: 'gitea', apiUrl: gitea.apiUrl },
  });
  const forgeTokenFile = join(run.folder, 'token');
  writeFileSync(forgeTokenFile, 'first-token\n');
  run.grant({ credentials: [], forgeTokenFile });
  return {
    run,
    gitea,
    async publish(spec = {}, { summary, base = 'main' } = {}) {
      run.respec(spec);
      const commit = 'c'.repeat(40);
      const from = { branch: base, commit: 'b'.repeat(40), shallow: [] };
      const work = { spec: run.spec, base: from, commit, summary, subjects: ['Say hello'] };
      const repetition = {
        untilMs: performance.now() + forMs,
        firstPauseMs: 20,
        longestPauseMs: 50,
        whyTransient: async () => undefined,
        tell: () => undefined,
        signal: new AbortController().signal,
      };
      return publishAt(createGitea(run.input('publish')), work, repetition);
    },
    async [Symbol.asyncDispose]() {
      run[Symbol.dispose]();
      await gitea[Symbol.asyncDispose]();
    },
  };
}

test('a pull request is opened with title, text and a footer that names the task', async () => {
  await using started = await start();
  const { run, gitea } = started;
  const coAuthor = { name: 'Ada', email: 'ada@example.org' };

  const outcome = await started.publish({ coAuthor }, { summary: 'I said hello.' });

  expect(outcome).toMatchObject({
    status: 'completed',
    reason: 'PullRequestOpened',
    branch: run.spec.branch,
    pullRequestUrl: 'http://forge.example/acme/app/pulls/1',
  });
  expect(gitea.pulls[0]).toMatchObject({
    title: 'Say hello',
    head: { ref: run.spec.branch },
    base: { ref: 'main' },
    body:
      `I said hello.\n\n---\nVerve task \`${run.spec.taskId}\`, attempt 1, agent \`demo\`. ` +
      'Author: `Verve <noreply@verve.dev>`; co-author: `Ada <ada@example.org>`.',
  });
});

test('an agent that said nothing has its commits listed', async () => {
  await using started = await start();

  await started.publish();

  expect(started.gitea.pulls[0]?.body).toMatch(/^- Say hello\n\n---/);
});

test('published twice, it is one pull request', async () => {
  await using started = await start();

  const first = await started.publish();

  expect(await started.publish()).toEqual(first);
  expect(started.gitea.pulls).toHaveLength(1);
});

test('a next attempt writes its own words into the pull request of the one before', async () => {
  await using started = await start();
  await started.publish({}, { summary: 'First.' });

  await started.publish({ attempt: 2 }, { summary: 'Second.' });

  expect(started.gitea.pulls).toHaveLength(1);
  expect(started.gitea.pulls[0]?.body).toMatch(/^Second\.\n\n---\n.*attempt 2/);
});

test('words that a person wrote into it stay', async () => {
  await using started = await start();
  await started.publish();
  Object.assign(started.gitea.pulls[0] ?? {}, { body: 'Rewritten by hand', base: { ref: 'release' } });

  await started.publish({ attempt: 2 });

  expect(started.gitea.pulls.map(({ body }) => body)).toEqual(['Rewritten by hand']);
});

test('one that was closed is not opened again: there is a new one', async () => {
  await using started = await start();
  await started.publish();
  Object.assign(started.gitea.pulls[0] ?? {}, { state: 'closed' });

  await started.publish({ attempt: 2 });

  expect(started.gitea.pulls.map(({ state }) => state)).toEqual(['closed', 'open']);
});

test('another call that was faster wins, and its pull request is found', async () => {
  await using started = await start();
  const { gitea } = started;
  await started.publish();
  let looks = 0;
  gitea.intercept = (method, path) => {
    const isLook = method === 'GET' && path.startsWith('/pulls');
    return isLook && ++looks <= 2 ? { status: path === '/pulls' ? 200 : 404, body: [] } : undefined;
  };

  expect(await started.publish()).toMatchObject({ pullRequestUrl: gitea.pulls[0]?.html_url });
  expect(gitea.pulls).toHaveLength(1);
});

test('an answer that was lost after the pull request was made does not make a second one', async () => {
  await using started = await start();
  const { gitea } = started;
  let lost = false;
  gitea.intercept = (method, path) => {
    if (method !== 'POST' || lost) return undefined;
    lost = true;
    gitea.pulls.push({
      number: 1,
      state: 'open',
      title: '',
      body: '',
      head: { ref: started.run.spec.branch, repo_id: 7 },
      base: { ref: 'main' },
      html_url: `http://forge.example${path}/1`,
    });
    return 'drop';
  };

  expect(await started.publish()).toMatchObject({ reason: 'PullRequestOpened' });
  expect(gitea.pulls).toHaveLength(1);
});

test('the token is read anew at each call', async () => {
  await using started = await start();
  await started.publish();
  writeFileSync(join(started.run.folder, 'token'), 'second-token');

  await started.publish();

  const used = new Set(started.gitea.calls.map(({ authorization }) => authorization));
  expect([...used]).toEqual(['token first-token', 'token second-token']);
});

test.each([
  ['401 on everything', () => ({ status: 401 }), 'does not take the token'],
  ['403 on opening', (method) => (method === 'POST' ? { status: 403 } : undefined), 'write:repository'],
  ['404 on the repository', (_, path) => (path === '' ? { status: 404 } : undefined), 'no repository'],
  ['500 for too long', () => ({ status: 500 }), 'stayed away'],
  ['no answer for too long', () => 'drop', 'stayed away'],
  ['an answer that is no API', () => ({ status: 200, body: 'hello' }), 'not the API of a Gitea'],
  ['a redirect', () => ({ status: 302 }), 'answered 302'],
] satisfies [string, (method: string, path: string) => FakeAnswer | 'drop' | undefined, string][])(
  '%s is told with what to do, and where the work is',
  async (_, intercept, words) => {
    await using started = await start(0);
    started.gitea.intercept = intercept;

    const outcome = await started.publish();

    expect(outcome).toMatchObject({ status: 'failed', reason: 'PullRequestFailed' });
    expect(outcome.message).toContain(words);
    expect(outcome.message).toContain(`pushed to ${started.run.spec.branch}`);
    expect(outcome.message).not.toContain('first-token');
  },
);

test('trouble that passes is waited for', async () => {
  await using started = await start();
  let times = 0;
  started.gitea.intercept = () => (++times <= 3 ? { status: 503 } : undefined);

  expect(await started.publish()).toMatchObject({ reason: 'PullRequestOpened' });
});

test('an archived repository and a base branch that is gone are told', async () => {
  await using started = await start();

  const noBase = await started.publish({}, { base: 'gone' });
  started.gitea.isArchived = true;
  const archived = await started.publish();

  expect(noBase.message).toContain('has no branch "gone" any more');
  expect(archived.message).toContain('is archived');
});

test('a title is one line of at most 255 characters, and words call nobody', async () => {
  await using started = await start();

  await started.publish(
    { title: `One\n${'x'.repeat(400)}` },
    { summary: 'Ask @admin\u0000 <!-- hidden --> \u202Etxt' },
  );

  const [pull] = started.gitea.pulls;
  expect(pull?.title).toMatch(/^One x+ …$/);
  expect(pull?.title).toHaveLength(255);
  expect(pull?.body).toContain('Ask @\u200Badmin  &lt;!-- hidden -->  txt');
});

test('a token file that is not there is named', async () => {
  await using started = await start();
  started.run.grant({ credentials: [], forgeTokenFile: '/no/such/token' });

  expect(await started.publish()).toMatchObject({
    reason: 'PullRequestFailed',
    message: expect.stringMatching(/^c{12} is pushed to .*\/no\/such\/token/) as string,
    branch: started.run.spec.branch,
    commit: 'c'.repeat(40),
  });
});
