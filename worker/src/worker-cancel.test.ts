import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { startFakeServer, taskOf, type FakeServer } from './testing/fake-server.ts';
import { temporaryFolder } from './testing/run.ts';
import { startWorker, type TestWorkerOptions } from './testing/worker.ts';

const patience = { timeout: 60_000, interval: 20 };
const repository = 'file:///x.git';
const canceled = { status: 'canceled', reason: 'Canceled' };

vi.setConfig({ testTimeout: 120_000 });

function optionsOf(folder: string, server: FakeServer): TestWorkerOptions {
  return { folder, url: server.url, repository, isScripted: true };
}

async function outcomeAt(server: FakeServer): Promise<unknown> {
  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
  return server.outcomes[0];
}

/** Nothing of an ended attempt stays, neither its run nor its entry. */
async function expectForgotten(folder: string): Promise<void> {
  await vi.waitFor(() => expect(readdirSync(join(folder, 'journal'))).toEqual([]), patience);
  expect(readdirSync(join(folder, 'runs'))).toEqual([]);
}

function processesOf(path: string): readonly string[] {
  const cmdlines = readdirSync('/proc').map((pid) => {
    try {
      return readFileSync(`/proc/${Number(pid)}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  });
  return cmdlines.filter((line) => line.includes(join(path, 'runs')));
}

test('a cancel that comes before there is a run makes none', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.verdict = 'canceled';
  server.offer(taskOf({ repository }));
  await using _worker = await startWorker(optionsOf(folder.path, server));

  expect(await outcomeAt(server)).toMatchObject({ ...canceled, lastSeq: 0 });

  expect(server.phases).toEqual([]);
  await vi.waitFor(() => expect(readdirSync(join(folder.path, 'journal'))).toEqual([]), patience);
  expect(existsSync(join(folder.path, 'runs')) && readdirSync(join(folder.path, 'runs')).length > 0).toBe(
    false,
  );
});

test.each(['checkout', 'agent', 'publish'] as const)(
  'a cancel during %s ends the run with all it has',
  async (phase) => {
    await using folder = temporaryFolder();
    await using server = await startFakeServer();
    const doing = "trap '' INT TERM; sleep 1000 & echo here; sleep 1000";
    server.offer(taskOf({ repository, description: JSON.stringify({ [phase]: doing }) }));
    await using _worker = await startWorker(optionsOf(folder.path, server));
    await vi.waitFor(() => expect(server.lines).toContain('here'), patience);

    server.verdict = 'canceled';

    expect(await outcomeAt(server)).toMatchObject(canceled);
    await expectForgotten(folder.path);
    expect(processesOf(folder.path)).toEqual([]);
  },
);

test('a cancel while the run waits for its permit ends it unpublished', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.grants = false;
  const published = join(folder.path, 'published');
  server.offer(taskOf({ repository, description: JSON.stringify({ publish: `touch ${published}` }) }));
  await using _worker = await startWorker(optionsOf(folder.path, server));
  await vi.waitFor(() => expect(server.phases).toContain('publish'), patience);

  server.verdict = 'canceled';
  server.grants = true;

  expect(await outcomeAt(server)).toMatchObject(canceled);
  await expectForgotten(folder.path);
  expect(existsSync(published)).toBe(false);
});

test('a cancel that comes when the run has ended changes nothing', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.takesOutcomes = false;
  server.offer(taskOf({ repository, description: '{}' }));
  await using _worker = await startWorker(optionsOf(folder.path, server));
  await vi.waitFor(
    () => expect(readFileSync(onlyEntry(folder.path), 'utf8')).toContain('"outcome"'),
    patience,
  );

  server.verdict = 'canceled';
  server.named.clear();
  await vi.waitFor(() => expect(server.named.size).toBe(1), patience);
  server.takesOutcomes = true;

  expect(await outcomeAt(server)).toMatchObject({ status: 'completed' });
});

function onlyEntry(folder: string): string {
  return join(
    folder,
    'journal',
    readdirSync(join(folder, 'journal')).find((name) => name.endsWith('.json')) ?? '',
  );
}

test('a cancel that the worker was killed over is carried out by the next one', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.offer(taskOf({ repository, description: JSON.stringify({ agent: 'echo here; sleep 1000' }) }));
  {
    await using _first = await startWorker(optionsOf(folder.path, server));
    await vi.waitFor(() => expect(server.lines).toContain('here'), patience);
  }
  // As the worker leaves it when it is killed between the wish and the stop.
  const path = onlyEntry(folder.path);
  const entry = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...entry, stop: { reason: 'Canceled', message: 'canceled by Ada' } }));

  await using _second = await startWorker(optionsOf(folder.path, server));

  expect(await outcomeAt(server)).toMatchObject({ ...canceled, message: 'canceled by Ada' });
  await expectForgotten(folder.path);
});
