import { expect, test, vi } from 'vitest';

import type { Executor, RunState } from './executor.ts';
import { startFakeServer, taskOf, type FakeServer } from './testing/fake-server.ts';
import { temporaryFolder } from './testing/run.ts';
import { startWorker, testKey } from './testing/worker.ts';

const patience = { timeout: 60_000, interval: 20 };
const repository = 'file:///x.git';

vi.setConfig({ testTimeout: 120_000 });

/** An executor whose runs are held up before they begin, and before publish, too. */
function holdingUp(executor: Executor, words: readonly string[]): Executor {
  async function* observe(...args: Parameters<Executor['observe']>): AsyncGenerator<RunState> {
    for (const waiting of words) yield { kind: 'running', phase: 'checkout', waiting };
    yield { kind: 'running', phase: 'checkout' };
    for await (const state of executor.observe(...args)) {
      if (state.kind === 'waiting') yield { kind: 'running', phase: 'publish', waiting: 'no image' };
      yield state;
    }
  }
  return { ...executor, observe };
}

/** What was told, each change once. */
function toldBy({ phases, waits }: FakeServer): readonly string[] {
  const told = phases.map((phase, n) => `${phase}: ${waits[n]}`);
  return told.filter((text, n) => text !== told[n - 1]);
}

test('the server is told why a run does not begin, in whatever phase, and that it does', async () => {
  await using folder = temporaryFolder();
  await using server = await startFakeServer();
  server.offer(taskOf({ repository, description: '{}' }));
  await using _worker = await startWorker({
    folder: folder.path,
    url: server.url,
    repository,
    isScripted: true,
    wrap: (parts) => ({ ...parts, executor: holdingUp(parts.executor, ['no node', `bad key ${testKey}`]) }),
  });

  await vi.waitFor(() => expect(server.outcomes).toHaveLength(1), patience);

  expect(server.outcomes[0]).toMatchObject({ status: 'completed' });
  expect(toldBy(server)).toEqual([
    'checkout: no node',
    'checkout: bad key [masked]',
    'checkout: ',
    'agent: ',
    'agent: no image',
    'publish: ',
  ]);
});
