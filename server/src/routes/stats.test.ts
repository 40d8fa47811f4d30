import { limits } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testApp, type TestApp } from '../testing/app.ts';
import { claimedTask } from '../testing/claimed-task.ts';

let server: TestApp;
beforeAll(async () => {
  server = await testApp();
});
afterAll(() => server[Symbol.asyncDispose]());

test('sums are those of the projects that the key sees', async () => {
  const task = await claimedTask(server);
  await task.complete('failed');
  await server.client(server.keys.otherMember).ask('createTask', { body: { description: 'Do it' } });
  server.clock.advance(1);

  const own = await server.client(server.keys.member).ask('getStats');
  const all = await server.client(server.keys.admin).ask('getStats');

  expect(own).toMatchObject({ queue: { pending: 0 }, totals: { failed: 1 }, reasons: { AgentFailed: 1 } });
  expect(all).toMatchObject({ queue: { pending: 1 }, totals: { failed: 1 } });
});

test('usage beyond reason spoils neither the task nor the sums', async () => {
  const task = await claimedTask(server, 'dear');
  const params = { id: task.taskId };
  const usage = { costUsd: 1e303, inputTokens: Number.MAX_SAFE_INTEGER };
  await task.worker.call('reportProgress', { params, body: { attempt: 1, phase: 'agent', usage } });
  await task.complete();
  server.clock.advance(1);

  const told = await task.member.ask('getTask', { params });
  const { totals } = await task.member.ask('getStats');

  expect(told.usage).toEqual({ costUsd: limits.usageCostUsd, inputTokens: limits.usageTokens });
  expect(totals).toMatchObject(told.usage ?? {});
});

test.each([
  ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'],
  ['from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z'],
  ['from=yesterday'],
])('a range that is none, or too long, is refused: %s', async (query) => {
  const response = await server.fetch(`/stats?${query}`, { key: server.keys.member });

  expect(response.status).toBe(400);
});
