import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, task as taskSchema, type Task } from '@verve/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { freePort, git, processesOf, startCli, startEntry, type Ended, type Running } from './programs.ts';

// The trial as a newcomer meets it: one command, then tasks by CLI and by HTTP. The tests go on from each other.

const dataDir = mkdtempSync(join(tmpdir(), 'verve-trial-'));
const sample = join(dataDir, 'sample.git');
let port: number;
let trial: Running;

function url(): string {
  return `http://localhost:${port}`;
}

function key(): string {
  return readFileSync(join(dataDir, 'admin-key'), 'utf8').trim();
}

async function startTrial(): Promise<Running> {
  const started = startEntry('scripts/start.ts', { VERVE_PORT: String(port), VERVE_DATA_DIR: dataDir });
  await started.said('Ctrl-C stops it');
  return started;
}

async function verve(...args: string[]): Promise<Ended> {
  return startCli(args, { VERVE_URL: url(), VERVE_KEY: key(), XDG_CONFIG_HOME: dataDir }).ended;
}

function parseTask(text: string): Task {
  return taskSchema.parse(JSON.parse(text));
}

beforeAll(async () => {
  port = await freePort();
  trial = await startTrial();
});

afterAll(async () => {
  await trial[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
});

test('the start says where everything is, and the admin key', () => {
  expect(trial.out()).toContain(`Verve runs on ${url()}`);
  expect(trial.out()).toContain(`export VERVE_KEY=${key()}`);
});

test('a task given by the CLI becomes a commit on a branch', async () => {
  const given = await verve('task', 'create', '--wait', '--json', 'Add a greeting to the notes');

  expect(given).toMatchObject({ code: 0, err: '' });
  const task = parseTask(given.out);
  expect(task).toMatchObject({ status: 'completed', reason: 'BranchPushed', branch: `verve/${task.id}` });
  expect(await git(sample, 'rev-parse', `refs/heads/${task.branch}`)).toBe(task.commit);
  expect(await git(sample, 'log', '-1', '--format=%s', String(task.commit))).toBe(
    'Add a greeting to the notes',
  );
  expect(await git(sample, 'diff', '--name-only', 'main', String(task.commit))).not.toBe('');
});

test('one given by HTTP as well, and its log can be followed', async () => {
  const headers = { authorization: `Bearer ${key()}` };
  const body = JSON.stringify({ description: 'Add a second greeting' });
  const json = { ...headers, 'content-type': 'application/json' };

  const created = await fetch(`${url()}/api/v1/tasks`, { method: 'POST', headers: json, body });
  const { id } = parseTask(await created.text());
  const stream = { ...headers, accept: 'text/event-stream' };
  const log = await (await fetch(`${url()}/api/v1/tasks/${id}/logs`, { headers: stream })).text();
  const task = parseTask(await (await fetch(`${url()}/api/v1/tasks/${id}`, { headers })).text());

  expect(created.status).toBe(201);
  expect(log).toContain('event: end');
  expect(task.status).toBe('completed');
  expect(await git(sample, 'rev-parse', `refs/heads/verve/${id}`)).toBe(task.commit);
});

test('a command that fails ends the task with its last words; once it is mended, a retry completes it', async () => {
  writeFileSync(join(dataDir, 'command.sh'), 'echo "the paint is out" >&2; exit 3\n');
  const failed = await verve('task', 'create', '--wait', '--json', '--agent', 'command', 'Paint it');
  const { id, status, reason, message } = parseTask(failed.out);

  writeFileSync(join(dataDir, 'command.sh'), 'echo blue > paint.txt\n');
  const retried = await verve('task', 'retry', '--wait', '--json', id);
  const task = parseTask(retried.out);

  expect(failed.code).toBe(1);
  expect({ status, reason }).toEqual({ status: 'failed', reason: 'AgentFailed' });
  expect(message).toContain('exit code 3');
  expect(message).toContain('the paint is out');
  expect(retried.code).toBe(0);
  expect(task).toMatchObject({ id, status: 'completed', attempt: 2 });
  expect(await git(sample, 'show', `verve/${id}:paint.txt`)).toBe('blue');
});

test('following a log shows each line once, in order', async () => {
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  writeFileSync(
    join(dataDir, 'command.sh'),
    'i=0; while [ $i -lt 500 ]; do echo "line $i"; i=$((i+1)); done\n',
  );
  const created = await verve('task', 'create', '--json', '--agent', 'command', 'Count');
  const { id } = parseTask(created.out);

  const [followed, again] = [await verve('task', 'logs', '-f', id), await verve('task', 'logs', id)];

  expect(followed.out.split('\n').filter((line) => line.startsWith('line '))).toEqual(lines);
  expect(again.out).toBe(followed.out);
});

test('the doctor finds nothing to mend', async () => {
  expect(await verve('doctor')).toMatchObject({ code: 0 });
});

test('a second trial on the same port says so in one sentence', async () => {
  const other = mkdtempSync(join(tmpdir(), 'verve-trial-'));

  const second = await startEntry('scripts/start.ts', { VERVE_PORT: String(port), VERVE_DATA_DIR: other })
    .ended;

  expect(second).toMatchObject({ code: 1, out: '' });
  expect(second.err.trim()).toMatch(/^Port \d+ is taken: .*VERVE_PORT\.$/);
  rmSync(other, { recursive: true });
});

test('Ctrl-C leaves no process; started again it finds its data', async () => {
  const client = createClient({ baseUrl: url(), key: key(), fetch });
  const before = await client.ask('listTasks', { query: {} });

  const stopped = await trial.end('SIGINT');
  const left = processesOf(dataDir);
  trial = await startTrial();
  const after = await client.ask('listTasks', { query: {} });
  const { workers } = await client.ask('listWorkers', { query: {} });

  expect(stopped.code).toBe(0);
  expect(left ?? []).toEqual([]);
  expect(after).toEqual(before);
  expect(workers).toHaveLength(1);
});

test('when a part of it dies, all of it ends and says which', async (context) => {
  const all = processesOf(dataDir);
  context.skip(all === undefined, 'needs /proc');
  const server = all?.find((id) =>
    readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('server/src/main.ts'),
  );
  expect(server).toBeDefined();

  process.kill(Number(server), 'SIGKILL');
  const { code, err } = await trial.ended;

  expect(code).toBe(1);
  expect(err).toContain('The server was ended by SIGKILL');
  expect(processesOf(dataDir)).toEqual([]);
});
