import { connect } from 'node:net';

import { errorBody, limits, newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { testApp, type TestApp, type TestRequest } from '../testing/app.ts';
import { collect } from '../testing/collect.ts';

let server: TestApp;
beforeAll(async () => {
  server = await testApp();
});
afterAll(() => server[Symbol.asyncDispose]());

async function refused(
  path: string,
  init: TestRequest,
): Promise<{ status: number; code: string; text: string }> {
  const response = await server.fetch(path, { key: server.keys.member, ...init });
  const { error } = errorBody.parse(await response.json());
  const details = (error.details ?? []).map((detail) => `${detail.path}: ${detail.message}`);
  return { status: response.status, code: error.code, text: [error.message, ...details].join('\n') };
}

function create(body: unknown, headers: Record<string, string> = {}): ReturnType<typeof refused> {
  return refused('/tasks', { method: 'POST', body, headers });
}

const description = 'Do it';
const halfCharacter = String.raw`"\ud83d"`;

function nested(inner: string, levels = 100_000): string {
  return '['.repeat(levels) + inner + ']'.repeat(levels);
}

describe('a task is refused with the path of', () => {
  test.each([
    ['an unknown field', { description, colour: 'red' }, 'colour: is not a known field'],
    ['a wrong type', { description, priority: 'high' }, 'priority: must be a number'],
    [
      'an empty description',
      { description: '' },
      'description: must not be blank\ndescription: must not be blank',
    ],
    ['a blank description', { description: ' \n ' }, 'description: must not be blank'],
    ['a missing description', {}, 'description: is needed'],
    [
      'an overlong description',
      { description: 'x'.repeat(limits.descriptionLength + 1) },
      'description: must have at most 100000 characters',
    ],
    ['a NUL in a text', { description: 'a\0b' }, 'description: must not contain a NUL character'],
    ['a NUL in a label', { description, labels: { team: 'a\0' } }, 'labels.team: must not contain a NUL'],
    [
      'a label without a key',
      { description, labels: { '': 'a' } },
      'labels."": has a key that must not be empty',
    ],
    [
      'the id of another kind',
      { description, projectId: newId('task') },
      'projectId: must be the id of a project',
    ],
    [
      'credentials in the address',
      { description, repository: 'https://me:pw@git.example/a.git' },
      'repository: ',
    ],
    ['a number out of range', { description, maxAttempts: 11 }, 'maxAttempts: must be at most 10'],
    ['a body that is no object', [], 'must be an object'],
  ])('%s', async (_what, body, told) => {
    const { status, code, text } = await create(body);

    expect([status, code]).toEqual([400, 'InvalidArgument']);
    expect(text).toContain(told);
  });

  test('every problem at once', async () => {
    const { text } = await create({ priority: 'high', colour: 'red', maxAttempts: 0 });

    expect(text).toContain('description: ');
    expect(text).toContain('priority: ');
    expect(text).toContain('maxAttempts: ');
    expect(text).toContain('colour: is not a known field');
  });
});

describe('a body is refused that is', () => {
  test.each([
    ['not JSON', '{"description": '],
    ['a prototype in disguise', '{"description": "a", "__proto__": {"priority": 5}}'],
    ['a constructor in disguise', '{"description": "a", "constructor": {"prototype": {"priority": 5}}}'],
    ['empty', ''],
    ['nested without end', `{"description": "a", "x": ${nested('1')}}`],
    ['nested without end around half a character', `{"description": "a", "x": ${nested(halfCharacter)}}`],
  ])('%s', async (_what, body) => {
    const { status, code } = await create(body);

    expect([status, code]).toEqual([400, 'InvalidArgument']);
  });

  test.each([
    ['{"description": "a" "b"}', /not valid JSON: .* position 20 \(line 1 column 21\)/],
    ['{"description": nope}', /not valid JSON: Unexpected token 'o', .*nope\}"$/],
    ['{"description": "a", "__proto__": 1}', /must not have the key "__proto__"/],
  ])('unreadable, with what is wrong: %s', async (body, sentence) => {
    const { text } = await create(body);

    expect(text).toMatch(sentence);
    expect(text).not.toContain('content-type');
  });

  test('compressed', async () => {
    const { status, text } = await create({ description }, { 'content-encoding': 'gzip' });

    expect(status).toBe(400);
    expect(text).toBe('the body must not be compressed, and its content-encoding is gzip');
  });

  test('missing', async () => {
    expect((await refused('/tasks', { method: 'POST' })).text).toContain('a JSON body is needed');
  });

  test('of another content type', async () => {
    const { status, text } = await create('description=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });

    expect(status).toBe(400);
    expect(text).toContain('application/json');
  });

  test('too large', async () => {
    const { status, code, text } = await create({ description, title: 'x'.repeat(limits.personBodyBytes) });

    expect([status, code]).toEqual([413, 'TooLarge']);
    expect(text).toContain('the body is too large: at most 1 MiB');
  });
});

describe('a call is refused', () => {
  test.each([
    ['with the id of another kind', '/tasks/wrk_01h455vb4pex5vsknk084sn02q', 400],
    ['with no id at all', '/tasks/7', 400],
    ['for a task that is not there', `/tasks/${newId('task')}`, 404],
    ['for a route that is not there', '/nothing', 404],
    ['with an unknown query', '/tasks?page=2', 400],
    ['with a query given twice', '/tasks?limit=2&limit=3', 400],
    ['with a limit out of bounds', '/tasks?limit=201', 400],
    ['with a cursor that is none', '/tasks?cursor=%00', 400],
    ['with a status that is none', '/tasks?status=done', 400],
    ['with a broken escape in its path', '/tasks/%zz', 400],
    ['for an unknown project', `/tasks?projectId=${newId('project')}`, 404],
  ])('%s', async (_what, path, status) => {
    expect((await refused(path, { key: server.keys.admin })).status).toBe(status);
  });

  test.each([
    [`/tasks/${'x'.repeat(5_000)}`, 404, 'too long for an id'],
    [`/tasks/${'x'.repeat(5_000)}/logs`, 404, 'too long for an id'],
    ['/tasks/%zz', 400, 'broken %-escape'],
  ])('in words of its own, case %#', async (path, status, sentence) => {
    const told = await refused(path, {});

    expect(told.status).toBe(status);
    expect(told.text).toContain(sentence);
    expect(told.text.length).toBeLessThan(200);
  });

  test('with a method that the route does not have', async () => {
    expect((await refused('/tasks', { method: 'PUT', body: {} })).status).toBe(404);
  });
});

describe('a number in an address is refused unless it is decimal digits', () => {
  const task = newId('task');
  const ofWorker = `workerId=${newId('worker')}`;

  test.each([
    ['in hexadecimal', '/tasks?limit=0x10', 'limit'],
    ['with an exponent', '/tasks?limit=1e2', 'limit'],
    ['with a sign', '/tasks?limit=%2B5', 'limit'],
    ['with a fraction', '/tasks?limit=5.0', 'limit'],
    ['with a space', '/tasks?limit=%205', 'limit'],
    ['that is empty', `/tasks/poll?${ofWorker}&slots=`, 'slots'],
    ['that is a word', `/tasks/poll?${ofWorker}&slots=true`, 'slots'],
    ['beyond all bounds', `/tasks/${task}/logs?tail=99999999999999999999`, 'tail'],
    ['in a path', `/tasks/${task}/attempts/0x1/position`, 'attempt'],
  ])('%s', async (_what, path, field) => {
    const { status, text } = await refused(path, { key: server.keys.admin });

    expect(status).toBe(400);
    expect(text).toContain(`${field}: must be a whole number in decimal digits`);
  });

  test('and taken when it is', async () => {
    expect((await server.fetch('/tasks?limit=010', { key: server.keys.admin })).status).toBe(200);
  });
});

describe('a refused request changes nothing', () => {
  test('no task was made by any of them', async () => {
    const { tasks } = await server.client(server.keys.admin).ask('listTasks');

    expect(tasks).toEqual([]);
  });
});

test('half of a surrogate pair, which no database takes, is replaced', async () => {
  const body = '{"description": "half \\ud83d, whole \\ud83d\\ude00", "labels": {"a\\ud800": "\\udfff"}}';

  const response = await server.fetch('/tasks', { method: 'POST', key: server.keys.member, body });

  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({
    description: 'half \uFFFD, whole 😀',
    labels: { 'a\uFFFD': '\uFFFD' },
  });
});

test('a body with such a half is refused when it is nested without end, also where fields may be unknown', async () => {
  const body = `{"name": "w", "version": "1", "executor": "process", "capacity": 1, "x": ${nested(halfCharacter)}}`;

  const told = await refused('/workers', { method: 'POST', key: server.keys.worker, body });

  expect(told).toMatchObject({ status: 400, code: 'InvalidArgument', text: 'the body is nested too deeply' });
});

test('a call whose body is optional takes none, an empty one and an empty object', async () => {
  const client = server.client(server.keys.member);
  for (const body of [undefined, '', {}]) {
    const task = await client.ask('createTask', { body: { description } });

    const response = await server.fetch(`/tasks/${task.id}/cancel`, {
      method: 'POST',
      key: server.keys.member,
      body,
    });

    expect(response.status).toBe(200);
  }
});

test('what is not HTTP gets an answer that says so', async () => {
  const socket = connect(Number(new URL(server.baseUrl).port), '127.0.0.1');
  socket.end('HELLO\r\n\r\n');

  const answer = (await collect(socket)).join('');

  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"InvalidArgument"');
});
