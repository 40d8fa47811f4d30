import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { limits, phaseOutcome } from '@verve/contract';
import { expect, test } from 'vitest';

import { runPhase } from './phase.ts';
import { createTestRun, shellAgent } from './testing/run.ts';

test('a demo task ends as a commit on its branch, on top of the base', async () => {
  using run = createTestRun();

  await run.run('checkout');
  await run.run('agent');
  const outcome = await run.run('publish');

  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed', branch: run.spec.branch });
  const head = run.git(run.remote, 'rev-parse', run.spec.branch);
  expect(outcome.commit).toBe(head);
  expect(run.git(run.remote, 'rev-parse', `${head}^`)).toBe(run.git(run.remote, 'rev-parse', 'main'));
  expect(run.git(run.remote, 'show', `${head}:NOTES.md`)).toContain('Say hello to everybody.');
  expect(run.git(run.remote, 'log', '-1', '--format=%s', head)).toBe('Say hello');
  expect(run.git(run.remote, 'for-each-ref', '--format=%(refname)')).toBe(
    `refs/heads/main\nrefs/heads/${run.spec.branch}\nrefs/verve/pushed/${run.spec.taskId}`,
  );
});

test('every phase leaves its outcome in its own folder', async () => {
  using run = createTestRun();

  const outcome = await run.run('checkout');

  const written: unknown = JSON.parse(readFileSync(join(run.folder, 'checkout', 'outcome.json'), 'utf8'));
  expect(phaseOutcome.parse(written)).toEqual(outcome);
});

test.each([
  ['a branch that does not exist', { baseBranch: 'nope' }, 'nope not found'],
  ['a repository that does not exist', { repository: 'file:///nowhere/at/all.git' }, 'does not appear to be'],
])("checkout of %s fails in git's words", async (_, spec, words) => {
  using run = createTestRun({ spec });

  const outcome = await run.run('checkout');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'CheckoutFailed' });
  expect(outcome.message).toContain(words);
});

test('a clone shares nothing with the remote', async () => {
  using run = createTestRun();

  await run.run('checkout');

  expect(existsSync(join(run.folder, 'tree/.git/objects/info/alternates'))).toBe(false);
  expect(run.git(join(run.folder, 'tree'), 'config', '--local', 'user.email')).toBe('noreply@verve.dev');
});

test('a command that fails is told with its last words', async () => {
  using run = createTestRun({
    spec: { agent: shellAgent('echo starting; echo "no such module: left-pad" >&2; exit 3') },
  });

  await run.run('checkout');
  const outcome = await run.run('agent');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'AgentFailed' });
  expect(outcome.message).toContain('exit code 3');
  expect(outcome.message).toContain('no such module: left-pad');
});

test('a command that does not exist is the configuration’s fault', async () => {
  using run = createTestRun({
    spec: { agent: { name: 'x', driver: 'command', command: ['/no/such/program'] } },
  });

  await run.run('checkout');

  expect(await run.run('agent')).toMatchObject({ status: 'failed', reason: 'ConfigInvalid' });
});

test('a command gets the task by environment and file, and works in the tree', async () => {
  const script =
    'test -f README.md && printf "%s" "$TASK_ID" > id && cp "$VERVE_TASK_FILE" task && env > env';
  using run = createTestRun({ spec: { agent: shellAgent(script), description: '€'.repeat(30_000) } });

  await run.run('checkout');
  await run.run('agent');

  const tree = join(run.folder, 'tree');
  expect(readFileSync(join(tree, 'id'), 'utf8')).toBe(run.spec.taskId);
  expect(JSON.parse(readFileSync(join(tree, 'task'), 'utf8'))).toEqual(run.spec);
  const environment = readFileSync(join(tree, 'env'), 'utf8');
  expect(environment).toContain(`TASK_DESCRIPTION=${'€'.repeat(21_845)}\n`);
});

test('an agent that is silent for too long is stopped and says so', async () => {
  using run = createTestRun({ spec: { agent: { ...shellAgent('sleep 60'), stallSeconds: 1 } } });

  await run.run('checkout');
  const outcome = await run.run('agent');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'AgentStalled' });
  expect(outcome.message).toContain('no output for 1 s');
});

test('an agent phase that is told to stop is canceled, and says what was used', async () => {
  const usage = `echo '{"kind":"usage","usage":{"costUsd":0.5}}' >> "$VERVE_EVENTS_FILE"`;
  using run = createTestRun();
  const ready = join(run.folder, 'ready');
  run.respec({ agent: shellAgent(`${usage}; touch ${ready}; sleep 60`) });
  const stop = new AbortController();

  await run.run('checkout');
  const ended = run.run('agent', stop.signal);
  while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();

  expect(await ended).toMatchObject({ status: 'canceled', usage: { costUsd: 0.5 } });
});

test('an agent phase whose events cannot be kept says so, and what was used', async ({ skip }) => {
  const usage = `echo '{"kind":"usage","usage":{"costUsd":0.5}}' >> "$VERVE_EVENTS_FILE"`;
  using run = createTestRun({ spec: { agent: shellAgent(`${usage}; sleep 3600`) } });
  const device = spawnSync('mknod', [join(run.folder, 'agent', 'events.jsonl'), 'c', '1', '7']);
  skip(device.status !== 0, 'needs the right to make a device that is always full');

  await run.run('checkout');
  const outcome = await run.run('agent');

  expect(outcome).toMatchObject({ status: 'failed', reason: 'OutOfDisk', usage: { costUsd: 0.5 } });
  const written: unknown = JSON.parse(readFileSync(join(run.folder, 'agent', 'outcome.json'), 'utf8'));
  expect(written).toEqual(outcome);
});

test('at the level states a failure has no words of the agent', async () => {
  using run = createTestRun({
    spec: { agent: shellAgent('echo secret source; exit 3'), logLevel: 'states' },
  });

  await run.run('checkout');

  expect((await run.run('agent')).message).toBe('the command ended with exit code 3');
});

test('what the agent used is told with what publish made of it, and its summary holds no key', async () => {
  const final = '{"kind":"final","summary":"Used %s.","usage":{"costUsd":0.5}}';
  const script = `touch new; printf '${final}\\n' "$MODEL_KEY" >> "$VERVE_EVENTS_FILE"`;
  using run = createTestRun({
    spec: { agent: shellAgent(script) },
    environment: { MODEL_KEY: 'key-of-the-model' },
  });

  await run.run('checkout');
  await run.run('agent');
  const left: unknown = JSON.parse(readFileSync(join(run.folder, 'agent', 'outcome.json'), 'utf8'));

  expect(left).toMatchObject({ summary: 'Used [masked].' });
  expect(await run.run('publish')).toMatchObject({ reason: 'BranchPushed', usage: { costUsd: 0.5 } });
});

test('subjects of commits are told without the secrets in them', async () => {
  const script =
    'git commit -q --allow-empty -m "Log in with $PGPASS"; git commit -q --allow-empty -m Second';
  using run = createTestRun({
    spec: { agent: { ...shellAgent(script), secretVariables: ['PGPASS'] } },
    environment: { PGPASS: 'hunter2-hunter2' },
  });

  await run.run('checkout');
  await run.run('agent');
  const left: unknown = JSON.parse(readFileSync(join(run.folder, 'agent', 'outcome.json'), 'utf8'));

  expect(left).toMatchObject({ subjects: ['Second', 'Log in with [masked]'] });
});

test('an agent that changes nothing completes with NoChanges and nothing is published', async () => {
  using run = createTestRun({ spec: { agent: shellAgent('true') } });

  await run.run('checkout');

  expect(await run.run('agent')).toMatchObject({ status: 'completed', reason: 'NoChanges' });
});

test('commits of the agent and what it left uncommitted are both published', async () => {
  using run = createTestRun({
    spec: { agent: shellAgent('echo 1 > one && git add one && git commit -qm "Add one" && echo 2 > two') },
  });

  await run.run('checkout');
  await run.run('agent');
  await run.run('publish');

  const subjects = run.git(run.remote, 'log', '--format=%s', run.spec.branch).split('\n');
  expect(subjects).toEqual(['Say hello', 'Add one', 'Begin']);
});

test('nothing that the agent planted in its repository runs when its leftovers are committed', async () => {
  using run = createTestRun();
  const proof = join(run.folder, 'planted-ran');
  const planted = `touch ${proof}; cat`;
  const script = [
    `git config core.fsmonitor '${planted}'`,
    `git config filter.evil.clean '${planted}'`,
    `git config core.hooksPath "$PWD/hooks"`,
    `mkdir hooks && printf '#!/bin/sh\\n${planted}' > hooks/pre-commit && chmod +x hooks/pre-commit`,
    'cp hooks/pre-commit .git/hooks/post-commit 2>/dev/null',
    "echo '* filter=evil' > .gitattributes",
  ].join('\n');
  run.respec({ agent: shellAgent(`${script}\ntrue`) });

  await run.run('checkout');
  const outcome = await run.run('agent');

  expect(outcome).toMatchObject({ status: 'completed' });
  expect(existsSync(proof)).toBe(false);
});

test('an end that no phase foresaw has a message that fits', async () => {
  using run = createTestRun();
  const input = {
    ...run.input('agent'),
    checkoutOut: join(run.folder, 'x'.repeat(2 * limits.messageLength)),
  };

  const outcome = await runPhase('agent', input, new AbortController().signal);

  expect(outcome).toMatchObject({ status: 'failed', reason: 'AgentFailed' });
  expect(outcome.message).toHaveLength(limits.messageLength);
});
