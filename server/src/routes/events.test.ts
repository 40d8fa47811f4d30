import { afterAll, beforeAll, expect, test } from 'vitest';

import { testApp, type TestApp } from '../testing/app.ts';
import { collect } from '../testing/collect.ts';
import { readEvents } from '../testing/event-reader.ts';

let server: TestApp;
beforeAll(async () => {
  server = await testApp({ streamRecheckMs: 20 });
});
afterAll(() => server[Symbol.asyncDispose]());

function open(key: string, lastEventId?: string): Promise<Response> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  return server.fetch('/events', { key, headers });
}

function create(key: string, description: string): Promise<{ id: string }> {
  return server.client(key).ask('createTask', { body: { description } });
}

test('a change comes as the object is now, to those who see its project alone', async () => {
  const { member, otherMember, worker } = server.keys;
  const events = readEvents(await open(member));

  await create(otherMember, 'not theirs');
  const task = await create(member, 'theirs');
  const first = await events.next();
  const registered = await server.client(worker).ask('registerWorker', {
    body: { name: 'w', version: '1', executor: 'process', capacity: 1 },
  });
  const second = await events.next();
  await events.return(undefined);

  expect(first.value).toMatchObject({ event: 'task', data: { id: task.id, description: 'theirs' } });
  expect(second.value).toMatchObject({ event: 'worker', data: { id: registered.id, name: 'w' } });
});

test('a stream that comes back skips nothing', async () => {
  const { member } = server.keys;
  const events = readEvents(await open(member));
  await create(member, 'seen');
  const seen = await events.next();
  await events.return(undefined);
  const missed = await create(member, 'missed');

  const resumed = readEvents(await open(member, seen.value?.id));
  const next = await resumed.next();
  await resumed.return(undefined);

  expect(next.value).toMatchObject({ event: 'task', data: { id: missed.id } });
});

test('a position that is none is refused', async () => {
  expect((await open(server.keys.member, 'yesterday')).status).toBe(400);
});

test('a stream ends soon after its key was revoked', async () => {
  const { key, id } = await server.makeKey({ role: 'member', projectId: server.project.id });
  const events = readEvents(await open(key));
  const rest = collect(events);

  await server.client(server.keys.admin).call('deleteKey', { params: { id } });

  expect(await rest).toEqual([]);
});
