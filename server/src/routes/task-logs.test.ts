import { ApiError, limits, type api, type Given, type LogPage } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { testApp, type TestApp, type TestRequest } from '../testing/app.ts';
import { claimedTask, type ClaimedTask } from '../testing/claimed-task.ts';
import { collect } from '../testing/collect.ts';
import { readEvents } from '../testing/event-reader.ts';

let server: TestApp;
let task: ClaimedTask;
beforeAll(async () => {
  server = await testApp({ streamHeartbeatMs: 20 });
  task = await claimedTask(server);
  for (const line of ['one', 'two', 'three', 'four', 'five']) await task.append([`${line} a`, `${line} b`]);
});
afterAll(() => server[Symbol.asyncDispose]());

type Query = Given<typeof api.readLogs, 'query'>;

function read(of: ClaimedTask, query: Query): Promise<LogPage> {
  return of.member.ask('readLogs', { params: { id: of.taskId }, query });
}

function stream(of: ClaimedTask, query = '', headers: TestRequest['headers'] = {}): Promise<Response> {
  return server.fetch(`/tasks/${of.taskId}/logs${query}`, {
    key: server.keys.member,
    headers: { accept: 'text/event-stream', ...headers },
  });
}

describe('pages', () => {
  test.each<[NonNullable<Query>, string[], string]>([
    [{ limit: '2' }, ['1', '2'], '1.2'],
    [{ after: '1.2', limit: '2' }, ['3', '4'], '1.4'],
    [{ after: '1.4' }, ['5'], '1.5'],
    [{ after: '1.5' }, [], '1.5'],
    [{ before: '1.4', limit: '2' }, ['2', '3'], '1.3'],
    [{ before: '1.1' }, [], '1.1'],
    [{ tail: '2' }, ['4', '5'], '1.5'],
    [{ attempt: '1', tail: '1' }, ['5'], '1.5'],
    [{ attempt: '2' }, [], '0.0'],
    [{ q: 'THREE' }, ['3'], '1.3'],
  ])('%j', async (query, seqs, next) => {
    const found = await read(task, query);

    expect(found.chunks.map(({ seq }) => String(seq))).toEqual(seqs);
    expect(found).toMatchObject({ next, isComplete: false });
  });

  test('are complete only at the end of a task that has ended', async () => {
    const ended = await claimedTask(server, 'pages');
    await ended.append(['a']);
    await ended.append(['b']);
    await ended.complete();

    expect(await read(ended, { limit: '1' })).toMatchObject({ isComplete: false });
    expect(await read(ended, { limit: '2' })).toMatchObject({ isComplete: true });
    expect(await read(ended, { after: '1.2' })).toMatchObject({ isComplete: true, next: '1.2' });
    expect(await read(ended, { tail: '1' })).toMatchObject({ isComplete: true });
    expect(await read(ended, { before: '1.2' })).toMatchObject({ isComplete: false });
  });

  test('refuse two places at once', async () => {
    await expect(read(task, { after: '1.1', tail: '2' })).rejects.toThrow(ApiError);
  });
});

test('a task comes with its newest lines, cut within the oldest chunk', async () => {
  const long = await claimedTask(server, 'long');
  await long.append(Array.from({ length: 300 }, (_, index) => `a${index}`));
  await long.append(Array.from({ length: 300 }, (_, index) => `b${index}`));

  const { logs } = await long.member.ask('getTask', { params: { id: long.taskId } });

  expect(logs.next).toBe('1.2');
  expect(logs.chunks.map(({ lines }) => [lines.length, lines[0]])).toEqual([
    [200, 'a100'],
    [300, 'b0'],
  ]);
  expect(logs.chunks.flatMap(({ at }) => at)).toHaveLength(limits.taskLogLines);
});

describe('text', () => {
  test('is the whole log to keep as a file', async () => {
    const response = await server.fetch(`/tasks/${task.taskId}/logs?format=text`, {
      key: server.keys.member,
    });

    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${task.taskId}.log"`);
    expect(await response.text()).toBe(
      ['one', 'two', 'three', 'four', 'five'].map((line) => `${line} a\n${line} b\n`).join(''),
    );
  });

  test('of the newest chunks', async () => {
    const response = await server.fetch(`/tasks/${task.taskId}/logs?format=text&tail=1`, {
      key: server.keys.member,
    });

    expect(await response.text()).toBe('five a\nfive b\n');
  });
});

describe('a stream', () => {
  test('tells what is there, what comes, and the end', async () => {
    const live = await claimedTask(server, 'live');
    await live.append(['first']);
    const events = readEvents(await stream(live));

    const first = await events.next();
    await live.append(['second']);
    const second = await events.next();
    await live.complete();
    const rest = await collect(events);

    expect(first.value).toMatchObject({ event: 'chunk', id: '1.1', data: { lines: ['first'] } });
    expect(second.value).toMatchObject({ event: 'chunk', id: '1.2', data: { lines: ['second'] } });
    expect(rest).toEqual([{ event: 'end', id: '1.2', data: {} }]);
  });

  test.each([
    ['after a position', '?after=1.3', {}],
    ['where it broke off, whatever its address says', '?after=1.1', { 'last-event-id': '1.3' }],
  ])('goes on %s', async (_what, query, headers) => {
    const events = readEvents(await stream(task, query, headers));

    const [fourth, fifth] = [await events.next(), await events.next()];
    await events.return(undefined);

    expect([fourth.value, fifth.value]).toMatchObject([{ id: '1.4' }, { id: '1.5' }]);
  });

  test('answers 204 to who comes back after the end, of an empty log, too', async () => {
    const empty = await claimedTask(server, 'empty');
    await empty.complete();
    const [end] = await collect(readEvents(await stream(empty)));

    const again = await stream(empty, '', { 'last-event-id': end?.id ?? '' });

    expect(end).toEqual({ event: 'end', id: '0.0', data: {} });
    expect(again.status).toBe(204);
  });

  test('has its headers out before there is anything to tell, and shows that it lives', async () => {
    const quiet = await claimedTask(server, 'quiet');

    const response = await stream(quiet);
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    await reader?.cancel();

    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(Buffer.from(value ?? []).toString()).toContain(':\n\n');
  });

  test.each([
    ['?tail=3', {}],
    ['?q=a', {}],
    ['?format=text', {}],
    ['', { 'last-event-id': 'yesterday' }],
  ])('refuses %s %j', async (query, headers) => {
    expect((await stream(task, query, headers)).status).toBe(400);
  });
});
