import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import type { AgentSettings } from './agent-settings.ts';
import { startFakeServer, taskOf } from './testing/fake-server.ts';
import { temporaryFolder } from './testing/run.ts';
import { startWorker, type TestWorkerOptions } from './testing/worker.ts';

const patience = { timeout: 60_000, interval: 20 };
const repository = 'file:///x.git';

function withKeyFile(folder: string, url: string, path: string): TestWorkerOptions {
  const agent: AgentSettings = {
    name: 'scripted',
    driver: 'demo',
    environment: { MODEL: 'm1' },
    environmentFiles: { MODEL_KEY: path },
    stallSeconds: 600,
  };
  return { folder, url, repository, isScripted: true, settings: { agents: [agent] } };
}

test('the agent phase has what stands in the files at the start of its run', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const [key, found] = [join(folder.path, 'key'), join(folder.path, 'found')];
  const description = JSON.stringify({
    checkout: `echo "$MODEL_KEY." >> ${found}`,
    agent: `echo "$MODEL $MODEL_KEY." >> ${found}; exit 1`,
  });
  await using _worker = await startWorker(withKeyFile(folder.path, server.url, key));

  for (const [index, value] of ['first\n', 'second'].entries()) {
    writeFileSync(key, value);
    server.chunks.length = 0;
    server.offer(taskOf({ repository, description }));
    await vi.waitFor(() => expect(server.outcomes).toHaveLength(index + 1), patience);
  }

  expect(readFileSync(found, 'utf8')).toBe('.\nm1 first.\n.\nm1 second.\n');
});

test('a file that cannot be read fails the attempt before anything starts, and says how to mend it', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const key = join(folder.path, 'missing');
  const ran = join(folder.path, 'ran');
  server.offer(taskOf({ repository, description: JSON.stringify({ checkout: `touch ${ran}` }) }));
  await using _worker = await startWorker(withKeyFile(folder.path, server.url, key));

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);

  expect(server.outcomes[0]).toMatchObject({ status: 'failed', reason: 'ConfigInvalid', lastSeq: 0 });
  expect(server.outcomes[0]?.message).toMatch(/MODEL_KEY cannot be read.*missing.*environmentFiles/);
  expect(server.phases).toEqual([]);
  expect(existsSync(ran)).toBe(false);
  await vi.waitFor(() => expect(readdirSync(join(folder.path, 'journal'))).toEqual([]), patience);
});

test('a run that is past its agent needs the file no more', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  const key = join(folder.path, 'key');
  writeFileSync(key, 'k');
  server.grants = false;
  server.offer(taskOf({ repository, description: '{}' }));
  {
    await using _first = await startWorker(withKeyFile(folder.path, server.url, key));
    await vi.waitFor(() => expect(server.phases).toContain('publish'), patience);
  }
  rmSync(key);
  server.grants = true;

  await using _second = await startWorker(withKeyFile(folder.path, server.url, key));

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);
  expect(server.outcomes[0]).toMatchObject({ status: 'completed' });
});
