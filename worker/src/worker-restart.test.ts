import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { crashSteps, type CrashOptions } from './testing/crashing-worker.ts';
import { startFakeServer, taskOf } from './testing/fake-server.ts';
import { processExecutor, temporaryFolder } from './testing/run.ts';
import { startWorker, type LogEntry, type TestWorkerOptions } from './testing/worker.ts';

const patience = { timeout: 60_000, interval: 20 };
const repository = 'file:///x.git';
const never = new AbortController().signal;

vi.setConfig({ testTimeout: 120_000 });

/** Runs a worker until it kills itself. */
async function runToCrash(options: CrashOptions): Promise<void> {
  const program = join(import.meta.dirname, 'testing', 'crashing-worker.ts');
  const child = spawn(process.execPath, ['--conditions=source', program, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

test.each(crashSteps)(
  'a worker that is killed when it has %s runs its task once all the same',
  async (step) => {
    await using folder = temporaryFolder();
    await using server = await startFakeServer();
    const [ran, published] = [join(folder.path, 'ran'), join(folder.path, 'published')];
    const description = JSON.stringify({
      agent: `echo x >> ${ran}; seq -f "line %g" 1 100`,
      publish: `echo x >> ${published}`,
    });
    const task = taskOf({ repository, description });
    server.offer(task);
    const options: TestWorkerOptions = { folder: folder.path, url: server.url, repository, isScripted: true };
    await runToCrash({ folder: folder.path, url: server.url, repository, step });

    // A claim that its worker never had is taken back by the server.
    if (step === 'polled') server.offer({ ...task, attempt: 2 });
    await using _worker = await startWorker(options);
    await vi.waitFor(() => expect(readdirSync(join(folder.path, 'journal'))).toEqual([]), patience);
    await vi.waitFor(() => expect(server.outcomes).not.toEqual([]), patience);
    await vi.waitFor(() => expect(readdirSync(join(folder.path, 'runs'))).toEqual([]), patience);

    expect([contentOf(ran), contentOf(published)]).toEqual(['x\n', 'x\n']);
    expect(server.outcomes[0]).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
    expect(server.outcomes.every((told) => JSON.stringify(told) === JSON.stringify(server.outcomes[0]))).toBe(
      true,
    );
    const lines = server.lines.filter((line) => line.startsWith('line '));
    expect(lines).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n + 1}`));
  },
);

test('a worker that starts says what it found, finishes what is over, and only then polls', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const go = join(folder.path, 'go');
  const wait = `until test -e ${go}; do sleep 0.02; done`;
  const task = taskOf({ repository, description: JSON.stringify({ agent: `echo here; ${wait}; exit 1` }) });
  server.offer(task);
  const options: TestWorkerOptions = { folder: folder.path, url: server.url, repository, isScripted: true };
  {
    await using _first = await startWorker(options);
    await vi.waitFor(() => expect(server.lines).toContain('here'), patience);
  }
  writeFileSync(go, '');
  {
    await using executor = processExecutor(folder.path);
    const ref = { taskId: task.id, attempt: 1 };
    for await (const state of executor.observe(ref, never)) expect(state.kind).not.toBe('absent');
  }
  const entries: LogEntry[] = [];
  const calls: string[] = [];

  await using _second = await startWorker({
    ...options,
    onLog: (entry) => entries.push(entry),
    wrap: (parts) => ({
      ...parts,
      client: {
        ...parts.client,
        call: (name, input) => {
          calls.push(name);
          return parts.client.call(name, input);
        },
      },
    }),
  });
  await vi.waitFor(() => expect(calls).toContain('pollTasks'), patience);

  expect(calls.filter((name) => name !== 'appendLogs').slice(0, 2)).toEqual(['completeTask', 'pollTasks']);
  expect(server.outcomes).toHaveLength(1);
  expect(entries).toContainEqual(
    expect.objectContaining({ msg: 'attempt resumed', taskId: task.id, attempt: 1, run: 'ended', seq: 1 }),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({ msg: 'adopted what was begun before', adopted: 1, lost: 0, strays: 0 }),
  );
});

test('what was lost meanwhile is stopped and forgotten, and so are runs that nobody knows', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const options: TestWorkerOptions = { folder: folder.path, url: server.url, repository, isScripted: true };
  const description = JSON.stringify({ agent: 'echo here; sleep 1000' });
  server.offer(taskOf({ repository, description }));
  server.offer(taskOf({ repository, description }));
  {
    await using _first = await startWorker(options);
    await vi.waitFor(() => expect(readdirSync(join(folder.path, 'runs'))).toHaveLength(2), patience);
    await vi.waitFor(
      () => expect(server.phases.filter((phase) => phase === 'agent')).toHaveLength(2),
      patience,
    );
  }
  const [stray] = readdirSync(join(folder.path, 'journal'));
  rmSync(join(folder.path, 'journal', stray ?? ''));
  server.verdict = 'lost';
  const entries: LogEntry[] = [];

  await using _second = await startWorker({ ...options, onLog: (entry) => entries.push(entry) });
  await vi.waitFor(() => expect(readdirSync(join(folder.path, 'runs'))).toEqual([]), patience);

  await vi.waitFor(() => expect(readdirSync(join(folder.path, 'journal'))).toEqual([]), patience);
  expect(server.outcomes).toEqual([]);
  expect(entries).toContainEqual(
    expect.objectContaining({ msg: 'adopted what was begun before', adopted: 0, lost: 1, strays: 1 }),
  );
});

test('the time that a task was given goes on while no worker runs', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const options: TestWorkerOptions = { folder: folder.path, url: server.url, repository, isScripted: true };
  const description = JSON.stringify({ agent: 'echo here; sleep 1000' });
  server.offer(taskOf({ repository, description, timeoutSeconds: 600 }));
  {
    await using _first = await startWorker(options);
    await vi.waitFor(() => expect(server.lines).toContain('here'), patience);
  }

  const later = (): number => Date.now() + 601_000;
  await using _second = await startWorker({ ...options, wrap: (parts) => ({ ...parts, now: later }) });

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
  expect(server.outcomes[0]).toMatchObject({ status: 'failed', reason: 'TimedOut' });
});
