import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { sendError, sendEvents, startFakeServer, type FakeAnswer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';
import {
  chunkEvent,
  completed,
  projectId,
  sampleChunk,
  sampleDetail,
  sampleTask,
  taskId,
} from '../testing/samples.ts';

const created = { 'POST /tasks': () => sampleTask() };
const taskEvent = (change: Parameters<typeof sampleTask>[0]): string =>
  `event: task\nid: 5\ndata: ${JSON.stringify(sampleTask(change))}`;

/** Answers with one after the other, then with the last. */
function inTurn(...answers: FakeAnswer[]): FakeAnswer {
  return (call, response) => (answers.length > 1 ? answers.shift() : answers[0])?.(call, response);
}

test('sends what was given and nothing else', async () => {
  await using server = await startFakeServer({
    ...created,
    'GET /projects': () => ({
      projects: [{ id: projectId, name: 'apps', createdAt: '2026-01-31T11:57:00.000Z' }],
    }),
  });
  const args = ['task', 'create', 'Greet', '--base-branch', 'dev', '--label', 'a=1', '--label', 'b=x=y'];
  const more = ['--require', 'gpu=yes', '--timeout', '15m', '--priority', '-5', '--project', 'apps'];

  const result = await runCli([...args, ...more, '--idempotency-key', 'k1'], { url: server.url });

  expect(result.code).toBe(0);
  expect(result.out).toContain(`verve task logs -f ${taskId}`);
  expect(server.calls.at(-1)?.headers['idempotency-key']).toBe('k1');
  expect(server.calls.at(-1)?.body).toEqual({
    description: 'Greet',
    baseBranch: 'dev',
    labels: { a: '1', b: 'x=y' },
    requires: { gpu: 'yes' },
    timeoutSeconds: 900,
    priority: -5,
    projectId,
  });
});

test('reads the description from stdin or a file', async () => {
  await using server = await startFakeServer(created);
  const file = join(mkdtempSync(join(tmpdir(), 'verve-cli-')), 'task.md');
  writeFileSync(file, 'from a file\n');

  await runCli(['task', 'create', '-'], { url: server.url, stdin: 'from stdin\nin two lines\n' });
  await runCli(['task', 'create', '--file', file], { url: server.url });

  const bodies = server.calls.map((call) => call.body);
  expect(bodies).toEqual([{ description: 'from stdin\nin two lines' }, { description: 'from a file' }]);
});

test.each([
  [['task', 'create'], 'Give a description'],
  [['task', 'create', 'x', '--file', 'y'], 'not both'],
  [['task', 'create', '--file', '/does/not/exist'], 'cannot read /does/not/exist'],
  [['task', 'create', 'x', '--label', 'novalue'], 'key=value'],
  [['task', 'create', ''], 'the description is empty'],
  [['task', 'create', 'x', '--idempotency-key', 'ночью'], 'printable ASCII'],
])('%j is wrong, and nothing is sent', async (args, message) => {
  await using server = await startFakeServer(created);

  const result = await runCli(args, { url: server.url });

  expect(result.code).toBe(2);
  expect(result.err).toContain(message);
  expect(server.calls).toEqual([]);
});

test.each([
  [Buffer.from('%PNG\0\0'), 'is not text: it has a NUL character'],
  [Buffer.from([0x47, 0xff, 0xfe]), 'is not UTF-8 text'],
  [Buffer.from(' \n\n'), 'is empty'],
])('a file with %j is no description, and nothing is sent', async (bytes, message) => {
  await using server = await startFakeServer(created);
  const file = join(mkdtempSync(join(tmpdir(), 'verve-cli-')), 'task.bin');
  writeFileSync(file, bytes);

  const fromFile = await runCli(['task', 'create', '--file', file], { url: server.url });
  const fromStdin = await runCli(['task', 'create', '-'], { url: server.url, stdin: bytes });

  expect(fromFile).toMatchObject({ code: 2, out: '', err: `verve: ${file} ${message}\n` });
  expect(fromStdin).toMatchObject({ code: 2, out: '', err: `verve: stdin ${message}\n` });
  expect(server.calls).toEqual([]);
});

test.each([
  ['completed', completed, 0],
  ['failed', { ...completed, status: 'failed', reason: 'AgentFailed', message: 'exit code 3' }, 1],
  ['canceled', { ...completed, status: 'canceled', reason: 'Canceled' }, 3],
] as const)('--wait ends with the exit code of %s', async (status, end, exitCode) => {
  await using server = await startFakeServer({
    ...created,
    'GET /events': (_, response) =>
      sendEvents(response, [taskEvent({ status: 'running' }), taskEvent(end)], 'open'),
    [`GET /tasks/${taskId}`]: () => sampleDetail({ waiting: 'no worker is connected' }),
  });

  const result = await runCli(['task', 'create', 'Greet', '--wait'], { url: server.url });

  expect(result.code).toBe(exitCode);
  expect(result.out).toContain(`${status} · ${end.reason} in 1m 30s`);
  expect(result.err).toContain('pending · no worker is connected\nrunning\n');
});

test('--wait outlives a server that goes away, and misses no end meanwhile', async () => {
  await using server = await startFakeServer({
    ...created,
    'GET /events': inTurn(
      (_, response) => sendEvents(response, [taskEvent({ status: 'running' })], 'break'),
      (_, response) => sendError(response, 503, 'Unavailable'),
      (_, response) => sendEvents(response, [], 'open'),
    ),
    [`GET /tasks/${taskId}`]: inTurn(
      () => sampleDetail(),
      () => sampleDetail(completed),
    ),
  });

  const result = await runCli(['task', 'create', 'Greet', '--wait', '--json'], { url: server.url });

  expect(result).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(result.out)).toMatchObject({ id: taskId, status: 'completed' });
  expect(server.calls.filter((call) => call.path.startsWith('/events'))).toHaveLength(3);
});

test('--wait gives up on a server that stays away', async () => {
  await using server = await startFakeServer({
    ...created,
    'GET /events': inTurn(
      (_, response) => sendEvents(response, [], 'break'),
      (_, response) => sendError(response, 503, 'Unavailable'),
    ),
    [`GET /tasks/${taskId}`]: () => sampleDetail(),
  });

  const result = await runCli(['task', 'create', 'Greet', '--wait'], { url: server.url, giveUpMs: -1 });

  expect(result.code).toBe(7);
});

test('--follow shows the log, then the outcome', async () => {
  await using server = await startFakeServer({
    ...created,
    'GET /events': (_, response) => sendEvents(response, [taskEvent(completed)], 'open'),
    [`GET /tasks/${taskId}`]: () => sampleDetail(),
    [`GET /tasks/${taskId}/logs`]: (_, response) =>
      sendEvents(response, [chunkEvent(sampleChunk(1, ['one', 'two'])), 'event: end\ndata: {}'], 'end'),
  });

  const result = await runCli(['task', 'create', 'Greet', '--follow'], { url: server.url });

  expect(result.code).toBe(0);
  expect(result.out).toMatch(/^one\ntwo\ncompleted · BranchPushed/);
});

test('an interrupted wait leaves the task alone and says so', async () => {
  const interrupt = new AbortController();
  await using server = await startFakeServer({
    ...created,
    'GET /events': (_, response) => sendEvents(response, [], 'open'),
    [`GET /tasks/${taskId}`]: () => {
      interrupt.abort();
      return sampleDetail();
    },
  });

  const result = await runCli(['task', 'create', 'x', '--wait'], {
    url: server.url,
    signal: interrupt.signal,
  });

  expect(result.code).toBe(130);
  expect(result.err).toContain('The task goes on');
});
