import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { startFakeServer, taskOf, type FakeServer } from './testing/fake-server.ts';
import { createRemote, git, temporaryFolder } from './testing/run.ts';
import { startWorker } from './testing/worker.ts';

const patience = { timeout: 60_000, interval: 20 };

vi.setConfig({ testTimeout: 120_000 });

async function outcomeAt(server: FakeServer): ReturnType<typeof vi.waitFor<FakeServer['outcomes'][number]>> {
  return vi.waitFor(() => {
    const [outcome] = server.outcomes;
    if (!outcome) throw new Error('no outcome yet');
    return outcome;
  }, patience);
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `line ${n + 1}`);
}

test('a demo task ends with its commit on its branch', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  const task = taskOf({ repository });
  server.offer(task);
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository });

  const outcome = await outcomeAt(server);

  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed', branch: `verve/${task.id}` });
  expect(git(join(folder.path, 'remote.git'), 'rev-parse', `verve/${task.id}`)).toBe(outcome.commit);
  expect(server.phases).toEqual(['checkout', 'agent', 'publish']);
  expect(server.lines).toContain('Writing NOTES.md');
  expect(server.named).toContain(task.id);
  await vi.waitFor(() => expect(readdirSync(join(folder.path, 'journal'))).toEqual([]), patience);
  expect(readdirSync(join(folder.path, 'runs'))).toEqual([]);
});

test('a command that fails is told with its last words', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh' }));
  const script = 'echo "the oven is cold" >&2; exit 7';
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository, script });

  const outcome = await outcomeAt(server);

  expect(outcome).toMatchObject({ status: 'failed', reason: 'AgentFailed' });
  expect(outcome.message).toContain('exit code 7');
  expect(outcome.message).toContain('the oven is cold');
});

test.each([
  [{ repository: 'file:///somebody/elses.git' }, 'repositories'],
  [{ agent: 'unheard-of' }, 'unheard-of'],
])('what the policy forbids is denied before anything starts: %j', async (given, words) => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, ...given }));
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository });

  const outcome = await outcomeAt(server);

  expect(outcome).toMatchObject({ status: 'failed', reason: 'PolicyDenied', lastSeq: 0 });
  expect(outcome.message).toContain(words);
  expect(server.phases).toEqual([]);
});

test('cancel stops the run and completes it as canceled, with its lines', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh' }));
  const script = 'echo working; sleep 1000';
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository, script });
  await vi.waitFor(() => expect(server.lines).toContain('working'), patience);

  server.verdict = 'canceled';

  expect(await outcomeAt(server)).toMatchObject({ status: 'canceled', reason: 'Canceled' });
});

test('a run is stopped when its time is over', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh', timeoutSeconds: 2 }));
  const script = 'sleep 1000';
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository, script });

  expect(await outcomeAt(server)).toMatchObject({ status: 'failed', reason: 'TimedOut' });
});

test('an attempt that the server gave up is stopped and forgotten without an outcome', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh' }));
  const script = 'echo working; sleep 1000';
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository, script });
  await vi.waitFor(() => expect(server.lines).toContain('working'), patience);

  server.verdict = 'lost';

  await vi.waitFor(() => expect(readdirSync(join(folder.path, 'runs'))).toEqual([]), patience);
  expect(server.outcomes).toEqual([]);
});

test('while the server is away the run goes on, and every line arrives once', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh' }));
  const [go, done] = [join(folder.path, 'go'), join(folder.path, 'done')];
  const wait = `until test -e ${go}; do sleep 0.02; done`;
  const script = `seq -f "line %g" 1 500; ${wait}; seq -f "line %g" 501 3000; touch ${done}`;
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository, script });
  await vi.waitFor(() => expect(server.lines).toContain('line 500'), patience);

  server.isAway = true;
  writeFileSync(go, '');
  await vi.waitFor(() => expect(existsSync(done)).toBe(true), patience);
  server.isAway = false;
  server.losesAnswers = 3;

  expect(await outcomeAt(server)).toMatchObject({ reason: 'NoChanges' });
  expect(server.lines.filter((line) => line.startsWith('line '))).toEqual(numbers(3_000));
  expect(Math.max(...server.chunks.map((chunk) => chunk.lines.length))).toBeLessThanOrEqual(1_000);
});

test('a worker that is started again goes on where the one before stopped', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh' }));
  const go = join(folder.path, 'go');
  const wait = `until test -e ${go}; do sleep 0.02; done`;
  const script = `seq -f "line %g" 1 120; ${wait}; seq -f "line %g" 121 200; echo x > x`;
  const options = { folder: folder.path, url: server.url, repository, script };
  {
    await using _first = await startWorker(options);
    await vi.waitFor(() => expect(server.lines).toContain('line 120'), patience);
  }
  writeFileSync(go, '');

  await using _second = await startWorker(options);

  expect(await outcomeAt(server)).toMatchObject({ reason: 'BranchPushed' });
  expect(server.lines.filter((line) => line.startsWith('line '))).toEqual(numbers(200));
});

test('a chunk that the server refuses is replaced by a line that says so', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh' }));
  server.refusesChunk = true;
  const script = 'echo secret; exit 0';
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository, script });

  expect(await outcomeAt(server)).toMatchObject({ status: 'completed' });

  expect(server.chunks[0]?.streams).toBe('v');
  expect(server.lines[0]).toMatch(/1 line\(s\) are missing here.*too much/);
});

test('a worker that the server has forgotten registers again and works on', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository });
  const first = taskOf({ repository });
  server.offer(first);
  await outcomeAt(server);

  server.forgetWorker();
  server.chunks.length = 0;
  server.offer(taskOf({ repository }));

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(2), patience);
});
