import { ApiError, isTerminal, newId, type Client } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { testApp, type TestApp } from '../testing/app.ts';
import { claimedTask } from '../testing/claimed-task.ts';

let server: TestApp;
let member: Client;
beforeAll(async () => {
  server = await testApp();
  member = server.client(server.keys.member);
});
afterAll(() => server[Symbol.asyncDispose]());

const illegal = (status: string): object => ({
  status: 409,
  conflict: { kind: 'IllegalTransition', status },
});

test("a task takes its project's defaults, and tells why it waits", async () => {
  const task = await member.ask('createTask', { body: { description: '\n  Fix the tests\nsoon' } });

  expect(task).toMatchObject({
    title: 'Fix the tests',
    repository: 'https://git.example/acme/app.git',
    status: 'pending',
    attempt: 0,
    createdBy: 'a member',
    projectId: server.project.id,
  });
  expect(task.waiting).toEqual(expect.stringMatching(/worker/));
});

test('an admin makes tasks in the default project unless another one is named', async () => {
  const admin = server.client(server.keys.admin);
  const description = 'Do it';

  const tasks = [
    await admin.ask('createTask', { body: { description } }),
    await admin.ask('createTask', { body: { description, projectId: server.otherProject.id } }),
  ];

  expect(tasks.map(({ projectId }) => projectId)).toEqual([server.project.id, server.otherProject.id]);
  const unknown = admin.ask('createTask', { body: { description, projectId: newId('project') } });
  await expect(unknown).rejects.toMatchObject({ status: 404 });
});

test('the same body under the same key is the same task, another body is refused', async () => {
  const headers = { 'idempotency-key': 'nightly' };
  const body = { description: 'Do it', labels: { a: '1', b: '2' } };
  const first = await member.ask('createTask', { headers, body });

  const again = await member.ask('createTask', {
    headers,
    body: { labels: { b: '2', a: '1' }, description: 'Do it' },
  });
  const elsewhere = await server.client(server.keys.otherMember).ask('createTask', { headers, body });

  expect(again.id).toBe(first.id);
  // A default may be another one after an upgrade, so what was left out is not the same as what was given.
  const spelledOut = member.ask('createTask', { headers, body: { ...body, priority: 0 } });
  await expect(spelledOut).rejects.toMatchObject({ status: 409, code: 'Conflict' });
  const other = member.ask('createTask', { headers, body: { ...body, priority: 1 } });
  await expect(other).rejects.toMatchObject({ status: 409, code: 'Conflict' });
  expect(elsewhere.id).not.toBe(first.id);
});

test('a list goes on where its page ended, newest first', async () => {
  const other = server.client(server.keys.otherMember);
  const made = [];
  for (const name of ['a', 'b', 'c']) {
    made.push(await other.ask('createTask', { body: { description: `list ${name}` } }));
  }

  const first = await other.ask('listTasks', { query: { q: 'LIST', limit: '2' } });
  const second = await other.ask('listTasks', { query: { q: 'LIST', limit: '2', cursor: first.next } });

  expect([...first.tasks, ...second.tasks].map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse());
  expect(second.next).toBeUndefined();
});

test('a pending task is canceled at once and can be tried again, cancel twice is once', async () => {
  const { id } = await member.ask('createTask', { body: { description: 'Do it' } });
  const params = { id };

  const canceled = await member.ask('cancelTask', { params, body: { reason: 'wrong branch' } });
  const again = await member.ask('cancelTask', { params, body: { reason: 'really' } });
  const retried = await member.ask('retryTask', { params, body: { instructions: 'Use next' } });

  expect(canceled).toMatchObject({ status: 'canceled', reason: 'Canceled' });
  expect(canceled.message).toContain('wrong branch');
  expect(again).toEqual(canceled);
  expect(retried).toMatchObject({ status: 'pending', description: expect.stringContaining('Use next') });
  expect(isTerminal(retried.status)).toBe(false);
});

test('what is illegal now is refused with the state that stands in the way', async () => {
  const { id } = await member.ask('createTask', { body: { description: 'Do it' } });
  const params = { id };

  await expect(member.ask('retryTask', { params })).rejects.toMatchObject(illegal('pending'));
  await expect(member.call('deleteTask', { params })).rejects.toMatchObject(illegal('pending'));
  // So that it is not in the way of the next test's worker.
  await member.call('cancelTask', { params });
});

test('a deleted task is gone with its log and frees its idempotency key', async () => {
  for (const { id } of (await member.ask('listTasks', { query: { status: 'pending' } })).tasks) {
    await member.call('cancelTask', { params: { id } });
  }
  const task = await claimedTask(server);
  await task.append(['a']);
  await task.complete();

  await member.call('deleteTask', { params: { id: task.taskId } });

  await expect(member.ask('getTask', { params: { id: task.taskId } })).rejects.toThrow(ApiError);
  const logs = member.ask('readLogs', { params: { id: task.taskId } });
  await expect(logs).rejects.toMatchObject({ status: 404 });
});
