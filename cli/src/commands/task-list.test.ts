import { expect, test } from 'vitest';

import { startFakeServer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';
import { sampleWorker } from '../testing/sample-worker.ts';
import { completed, sampleTask, workerId } from '../testing/samples.ts';

test('lists in columns: why a task waits, where it runs, how it ended', async () => {
  const tasks = [
    sampleTask({ title: 'a', waiting: 'no worker is connected' }),
    sampleTask({ title: 'bb', status: 'running', workerId, phase: 'agent' }),
    sampleTask({ title: 'c', ...completed }),
  ];
  await using server = await startFakeServer({
    'GET /tasks': () => ({ tasks }),
    'GET /workers': () => ({ workers: [sampleWorker({ name: 'trial' })] }),
  });

  const result = await runCli(['task', 'list'], { url: server.url });

  const rows = result.out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/).slice(1));
  expect(rows).toEqual([
    ['STATUS', 'AGE', 'TITLE', 'WHERE OR WHY'],
    ['pending', '3m', 'a', 'no worker is connected'],
    ['running', '3m', 'bb', 'trial · agent'],
    ['completed', '3m', 'c', 'BranchPushed'],
  ]);
});

test('reads as many pages as the limit needs', async () => {
  await using server = await startFakeServer({
    'GET /tasks': ({ path }) => {
      const size = Number(/limit=(\d+)/.exec(path)?.[1]);
      return { tasks: Array.from({ length: size }, () => sampleTask()), next: 'more' };
    },
  });

  const result = await runCli(['task', 'list', '--limit', '250', '--status', 'pending', '--json'], {
    url: server.url,
  });

  expect((JSON.parse(result.out) as { tasks: unknown[] }).tasks).toHaveLength(250);
  expect(server.calls.map((call) => call.path)).toEqual([
    '/tasks?limit=200&status=pending',
    '/tasks?limit=50&status=pending&cursor=more',
  ]);
});

test('an empty list says what to do', async () => {
  await using server = await startFakeServer({ 'GET /tasks': () => ({ tasks: [] }) });

  expect((await runCli(['task', 'list'], { url: server.url })).out).toContain('verve task create');
});
