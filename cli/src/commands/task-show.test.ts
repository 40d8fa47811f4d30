import { expect, test } from 'vitest';

import { startFakeServer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';
import { sampleWorker } from '../testing/sample-worker.ts';
import { completed, sampleDetail, sampleTask, taskId, workerId } from '../testing/samples.ts';

const workers = { 'GET /workers': () => ({ workers: [sampleWorker()] }) };
const started = '2026-01-31T11:58:00.000Z';

test('shows what was asked, what came of it, each attempt and what to do next', async () => {
  const phases = [{ phase: 'checkout' as const, startedAt: started, finishedAt: '2026-01-31T11:58:05.000Z' }];
  const attempts = [
    {
      attempt: 1,
      status: 'completed' as const,
      reason: 'BranchPushed',
      workerId,
      startedAt: started,
      finishedAt: '2026-01-31T11:59:30.000Z',
      phases,
    },
  ];
  await using server = await startFakeServer({
    ...workers,
    [`GET /tasks/${taskId}`]: () =>
      sampleDetail({ ...completed, title: 'Greet', description: 'Greet\n\nand smile', attempts }),
  });

  const { code, out } = await runCli(['task', 'show', taskId], { url: server.url });

  expect(code).toBe(0);
  expect(out).toContain('  and smile');
  expect(out).toContain(`completed · BranchPushed in 1m 30s\nBranch        verve/${taskId}`);
  expect(out).toContain('  1. completed (BranchPushed) · 1m 30s · checkout 5s · on trial');
  expect(out).toContain(`verve task follow-up ${taskId}`);
  expect(out).not.toContain('task cancel');
});

test('a failed task tells why, and offers a retry', async () => {
  const failed = {
    status: 'failed',
    reason: 'AgentFailed',
    message: 'exit code 3',
    finishedAt: started,
  } as const;
  await using server = await startFakeServer({
    ...workers,
    [`GET /tasks/${taskId}`]: () => sampleDetail(failed),
  });

  const { out } = await runCli(['task', 'show', taskId], { url: server.url });

  expect(out).toContain('failed · AgentFailed\nexit code 3');
  expect(out).toContain(`verve task retry ${taskId}`);
});

test('a waiting task tells what for, and offers a cancel', async () => {
  const waiting = { waiting: 'no worker is connected', notBefore: '2026-01-31T12:10:00.000Z' };
  await using server = await startFakeServer({
    ...workers,
    [`GET /tasks/${taskId}`]: () => sampleDetail(waiting),
  });

  const { out } = await runCli(['task', 'show', taskId], { url: server.url });

  expect(out).toContain('pending · no worker is connected\nNot before 2026-01-31T12:10:00.000Z');
  expect(out).toContain(`verve task cancel ${taskId}`);
});

test('a task that is tried again later tells the moment once', async () => {
  const waiting = 'Will be tried again after WorkerLost, at 2026-01-31T12:10:00Z.';
  await using server = await startFakeServer({
    ...workers,
    [`GET /tasks/${taskId}`]: () => sampleDetail({ waiting, notBefore: '2026-01-31T12:10:00.250Z' }),
  });

  const { out } = await runCli(['task', 'show', taskId], { url: server.url });

  expect(out).toContain(`pending · ${waiting}\n`);
  expect(out).not.toContain('Not before');
});

test('the commands that it names are those that work as the CLI was called', async () => {
  await using server = await startFakeServer({
    [`GET /tasks/${taskId}`]: () => sampleDetail(),
    'GET /workers': () => ({ workers: [] }),
    'GET /tasks': () => ({ tasks: [] }),
    'POST /tasks': () => sampleTask(),
  });
  const given = { url: server.url, env: { npm_lifecycle_event: 'npx' } };

  const show = await runCli(['task', 'show', taskId], given);
  const list = await runCli(['task', 'list'], given);
  const create = await runCli(['task', 'create', 'Greet'], given);

  expect(show.out).toContain(`  npx verve task cancel ${taskId}`);
  expect(list.out).toContain('npx verve task create');
  expect(create.out).toContain(`npx verve task logs -f ${taskId}`);
});
