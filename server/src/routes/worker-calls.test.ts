import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';

import { ApiError, basePath, type Conflict } from '@verve/contract';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { testApp, type TestApp } from '../testing/app.ts';
import { claimedTask, type ClaimedTask } from '../testing/claimed-task.ts';

let server: TestApp;
beforeAll(async () => {
  server = await testApp();
});
afterAll(() => server[Symbol.asyncDispose]());

async function conflictOf(call: Promise<unknown>): Promise<Conflict | undefined> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error('expected the server to refuse', { cause: error });
  return error.conflict;
}

function newWorker(name: string): Promise<{ id: string }> {
  const body = { name, version: '1', executor: 'process', capacity: 1 };
  return server.client(server.keys.worker).ask('registerWorker', { body });
}

function statusOf({ member, taskId }: ClaimedTask): Promise<unknown> {
  return member.ask('getTask', { params: { id: taskId } });
}

test('a poll that ends with nothing is 204', async () => {
  const { id } = await newWorker('idle');

  const response = await server.fetch(`/tasks/poll?workerId=${id}&waitSeconds=0`, {
    key: server.keys.worker,
  });

  expect(response.status).toBe(204);
  expect(await response.text()).toBe('');
});

test('a held poll gets the task that comes', async () => {
  const { id } = await newWorker('held');
  const poll = server.client(server.keys.worker).ask('pollTasks', { query: { workerId: id } });
  await vi.waitFor(async () => expect(await metric('verve_held_polls')).toBe('1'));

  const body = { description: 'Do it', model: 'small' };
  const task = await server.client(server.keys.member).ask('createTask', { body });
  const { claims, cancels } = await poll;

  expect(claims).toMatchObject([{ task: { id: task.id, model: 'small', status: 'running' }, attempt: 1 }]);
  expect(cancels).toEqual([]);
});

test('a poll whose caller is gone leaves the task to the next one', async () => {
  const { id } = await newWorker('gone');
  const lost = openPoll(server, id);
  await vi.waitFor(async () => expect(await metric('verve_held_polls')).toBe('1'));

  lost.destroy();
  await vi.waitFor(async () => expect(await metric('verve_held_polls')).toBe('0'));
  const next = await claimedTask(server, 'next');

  expect(await statusOf(next)).toMatchObject({ status: 'running', attempt: 1 });
});

test('a claim whose poller went before it had the answer is given back at once', async () => {
  const claimed = Promise.withResolvers<void>();
  await using slow = await testApp({}, (dispatcher) => ({
    ...dispatcher,
    // The answer is there, but held up until the caller has gone.
    poll: async (asked, signal) => {
      const found = await dispatcher.poll(asked, new AbortController().signal);
      claimed.resolve();
      if (!signal.aborted) await once(signal, 'abort');
      return found;
    },
  }));
  const member = slow.client(slow.keys.member);
  const task = await member.ask('createTask', { body: { description: 'Do it' } });
  const worker = await slow
    .client(slow.keys.worker)
    .ask('registerWorker', { body: { name: 'w', version: '1', executor: 'process', capacity: 1 } });

  const lost = openPoll(slow, worker.id);
  await claimed.promise;
  const held = await member.ask('getTask', { params: { id: task.id } });
  lost.destroy();

  expect(held).toMatchObject({ status: 'running', attempt: 1 });
  await vi.waitFor(async () => {
    const after = await member.ask('getTask', { params: { id: task.id } });
    expect(after).toMatchObject({ status: 'pending', attempts: [{ attempt: 1, status: 'lost' }] });
  });
});

function openPoll(of: TestApp, workerId: string): ClientRequest {
  const poll = request(`${of.baseUrl}${basePath}/tasks/poll?workerId=${workerId}`, {
    headers: { authorization: `Bearer ${of.keys.worker}` },
  });
  poll.on('error', () => undefined);
  poll.end();
  return poll;
}

async function metric(name: string): Promise<string | undefined> {
  const text = await (await fetch(`${server.baseUrl}/metrics`)).text();
  return new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1];
}

test('a chunk again is fine, and everything else that does not fit tells how to go on', async () => {
  const task = await claimedTask(server, 'chunks');
  await task.append(['a']);
  await task.append(['a'], { seq: 1 });

  expect(await conflictOf(task.append(['b'], { seq: 1 }))).toEqual({ kind: 'SeqTaken', expectedSeq: 2 });
  expect(await conflictOf(task.append(['c'], { seq: 3 }))).toEqual({ kind: 'Hole', expectedSeq: 2 });
  await expect(task.append(['a', 'b'], { at: [1] })).rejects.toThrow('one entry a line');
  await expect(task.append(['a'], { attempt: 2 })).rejects.toMatchObject({ status: expect.any(Number) });

  const position = { id: task.taskId, attempt: '1' };
  expect(await task.worker.ask('readPosition', { params: position })).toEqual({ lastSeq: 1 });
});

test('worker calls ignore fields they do not know', async () => {
  const task = await claimedTask(server, 'newer');

  await task.append(['a'], { mood: 'good' } as never);

  expect(await task.worker.ask('readPosition', { params: { id: task.taskId, attempt: '1' } })).toEqual({
    lastSeq: 1,
  });
});

test('publish is granted for a time, and an outcome needs the whole log before it', async () => {
  const task = await claimedTask(server, 'publish');
  const params = { id: task.taskId };
  const body = { attempt: 1, status: 'completed', reason: 'NoChanges', lastSeq: 1 } as const;

  const agent = await task.worker.ask('reportProgress', { params, body: { attempt: 1, phase: 'agent' } });
  const publish = await task.worker.ask('reportProgress', { params, body: { attempt: 1, phase: 'publish' } });
  const early = await conflictOf(task.worker.call('completeTask', { params, body }));

  expect([agent, publish]).toEqual([{}, { publishSeconds: 300 }]);
  expect(early).toEqual({ kind: 'Hole', expectedSeq: 1 });
});

test('an outcome twice is one outcome, and another one is superseded', async () => {
  const task = await claimedTask(server, 'twice');
  await task.complete();
  await task.complete();

  expect(await conflictOf(task.complete('failed'))).toMatchObject({
    kind: 'Superseded',
    status: 'completed',
  });
  expect(await statusOf(task)).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
});

test('an attempt that its worker ends as canceled, unasked, ends its task for good', async () => {
  const task = await claimedTask(server, 'deleted');
  const message = 'its AgentRun was deleted in Kubernetes';
  const body = { attempt: 1, status: 'canceled', reason: 'Canceled', message, lastSeq: 0 } as const;

  await task.worker.call('completeTask', { params: { id: task.taskId }, body });

  const ended = { status: 'canceled', reason: 'Canceled', message };
  expect(await statusOf(task)).toMatchObject({ ...ended, attempts: [{ attempt: 1, ...ended }] });
});

test('a cancel reaches a held poll once and every heartbeat until the end', async () => {
  const task = await claimedTask(server, 'cancel');
  const ref = { taskId: task.taskId, attempt: 1 };
  const query = { workerId: task.workerId, slots: '0', waitSeconds: '10' };
  const poll = task.worker.ask('pollTasks', { query });

  await task.member.call('cancelTask', { params: { id: task.taskId }, body: { reason: 'no more' } });
  const told = await poll;
  const params = { id: task.workerId };
  const beats = [
    await task.worker.ask('heartbeat', { params, body: { running: [ref] } }),
    await task.worker.ask('heartbeat', { params, body: { running: [ref, { ...ref, attempt: 7 }] } }),
  ];
  await task.complete('failed');

  expect(told).toEqual({ claims: [], cancels: [ref] });
  expect(beats).toEqual([
    { lost: [], cancels: [ref] },
    { lost: [{ ...ref, attempt: 7 }], cancels: [ref] },
  ]);
  expect(await statusOf(task)).toMatchObject({ status: 'canceled', reason: 'Canceled' });
});
