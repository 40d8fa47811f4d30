import { expect, test } from 'vitest';

import { startFakeServer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';
import { completed, projectId, sampleDetail, sampleTask, taskId } from '../testing/samples.ts';

test('cancel tells whether the task has ended or its run is still stopping', async () => {
  let status: 'canceled' | 'running' = 'canceled';
  await using server = await startFakeServer({
    [`POST /tasks/${taskId}/cancel`]: () => sampleTask({ status }),
  });

  const pending = await runCli(['task', 'cancel', taskId, '--reason', 'a mistake'], { url: server.url });
  status = 'running';
  const running = await runCli(['task', 'cancel', taskId], { url: server.url });

  expect(pending.out).toContain('is canceled');
  expect(running.out).toContain('its run stops shortly');
  expect(server.calls.map((call) => call.body)).toEqual([{ reason: 'a mistake' }, {}]);
});

test('retry passes instructions on', async () => {
  await using server = await startFakeServer({ [`POST /tasks/${taskId}/retry`]: () => sampleTask() });

  await runCli(['task', 'retry', taskId, '--instructions', 'use tabs'], { url: server.url });

  expect(server.calls[0]?.body).toEqual({ instructions: 'use tabs' });
});

test('delete says so, also in JSON', async () => {
  await using server = await startFakeServer({
    [`DELETE /tasks/${taskId}`]: (_, response) => void response.writeHead(204).end(),
  });

  const result = await runCli(['task', 'delete', taskId, '--json'], { url: server.url });

  expect(JSON.parse(result.out)).toEqual({ id: taskId, deleted: true });
});

test('a follow-up starts from the branch of the task before, in its repository and with its agent', async () => {
  const before = sampleDetail({ ...completed, agent: 'demo', labels: { team: 'a' } });
  await using server = await startFakeServer({
    [`GET /tasks/${taskId}`]: () => before,
    'POST /tasks': () => sampleTask(),
  });

  const result = await runCli(['task', 'follow-up', taskId, 'and more'], { url: server.url });

  expect(result.code).toBe(0);
  expect(server.calls.at(-1)?.body).toEqual({
    description: 'and more',
    projectId,
    repository: before.repository,
    baseBranch: before.branch,
    agent: 'demo',
    labels: { team: 'a' },
    requires: {},
  });
});

test('a task without a branch has no follow-up', async () => {
  await using server = await startFakeServer({ [`GET /tasks/${taskId}`]: () => sampleDetail() });

  const result = await runCli(['task', 'follow-up', taskId, 'and more'], { url: server.url });

  expect(result.code).toBe(6);
  expect(result.err).toContain('has no branch to go on from');
  expect(server.calls).toHaveLength(1);
});
