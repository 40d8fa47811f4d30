import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { startFakeServer, taskOf, type FakeServer } from './testing/fake-server.ts';
import { createRemote, temporaryFolder } from './testing/run.ts';
import { startWorker, testKey } from './testing/worker.ts';

const patience = { timeout: 25_000, interval: 20 };
const password = 'hunter-of-2026';

async function outcomeAt(server: FakeServer): Promise<FakeServer['outcomes'][number]> {
  return vi.waitFor(() => {
    const [outcome] = server.outcomes;
    if (!outcome) throw new Error('no outcome yet');
    return outcome;
  }, patience);
}

test("what the agent tells of the worker's secrets reaches the server neither in lines nor in the outcome", async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  const passwordFile = join(folder.path, 'password');
  writeFileSync(passwordFile, `${password}\n`);
  server.offer(taskOf({ repository, agent: 'sh' }));
  const script = `echo "key ${testKey}"; printf %s '${password}' | base64; echo "so: ${password}" >&2; exit 3`;
  await using _worker = await startWorker({
    folder: folder.path,
    url: server.url,
    repository,
    script,
    settings: {
      credentials: [{ prefix: 'https://git.example', username: 'verve', passwordFile }],
      runLogs: 'full',
    },
  });

  const { message } = await outcomeAt(server);

  const told = JSON.stringify([server.chunks, server.outcomes]);
  expect(server.lines).toEqual(expect.arrayContaining(['key [masked]', '[masked]', 'so: [masked]']));
  expect(message).toContain('so: [masked]');
  for (const secret of [testKey, password, btoa(password)]) expect(told).not.toContain(secret);
});

test('at the level "states" the server learns how it went and nothing in the words of the run', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  server.offer(taskOf({ repository, agent: 'sh' }));
  const options = {
    folder: folder.path,
    url: server.url,
    repository,
    settings: { runLogs: 'states' } as const,
  };
  await using _worker = await startWorker({ ...options, script: 'echo "source"; exit 3' });

  const outcome = await outcomeAt(server);

  expect(outcome).toEqual({ attempt: 1, status: 'failed', reason: 'AgentFailed', lastSeq: 0 });
  expect(server.lines).toEqual([]);
  expect(server.phases).toEqual(['checkout', 'agent']);
});

test.each([
  ['events', /127\.0\.0\.1/],
  ['states', /^checkout failed, and is tried again$/],
] as const)('at the level "%s" the server learns that checkout is tried again', async (runLogs, words) => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = 'https://127.0.0.1:9/acme/app.git';
  server.offer(taskOf({ repository, agent: 'sh' }));
  const options = { folder: folder.path, url: server.url, repository, settings: { runLogs } };

  await using _worker = await startWorker({ ...options, script: 'true' });

  await vi.waitFor(() => expect(server.waits.at(-1)).toMatch(words), patience);
});

test('nothing of a log stays when the attempt is over', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const repository = createRemote(folder.path);
  const task = taskOf({ repository, agent: 'sh' });
  server.offer(task);
  const go = join(folder.path, 'go');
  const spool = join(folder.path, 'spool', `${task.id}-1`);
  const script = `echo a; until test -e ${go}; do sleep 0.02; done`;
  await using _worker = await startWorker({ folder: folder.path, url: server.url, repository, script });
  await vi.waitFor(() => expect(existsSync(spool)).toBe(true), patience);

  writeFileSync(go, '');

  await vi.waitFor(() => expect(existsSync(spool)).toBe(false), patience);
});
