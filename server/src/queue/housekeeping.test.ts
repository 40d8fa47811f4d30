import { newId } from '@verve/contract';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';

import { noMeters } from '../meters.ts';
import type { ChunkStore } from '../storage/chunk-store.ts';
import { StorageUnavailable, type Storage } from '../storage/storage.ts';
import { testQueue } from '../testing/queue.ts';
import { testLogger, testSqliteStorage } from '../testing/storage.ts';
import { createHousekeeping } from './housekeeping.ts';

const { signal } = new AbortController();

describe('housekeeping', () => {
  it('deletes ended sessions also while old logs cannot be deleted', async () => {
    const storage = withoutPruning(await sqlite());
    const hash = await endedSession(storage);
    const housekeeping = createHousekeeping({ ...parts, storage });

    await housekeeping.run(signal);

    expect(await storage.sessions.find(hash)).toBeUndefined();
  });

  it('tells once that it fails, however often it does, and once that it is over', async () => {
    const told: string[] = [];
    const logger = pino({ base: null, timestamp: false }, { write: (line: string) => told.push(line) });
    const working = await sqlite();
    const chunks = { ...working.chunks, prune: away };
    const housekeeping = createHousekeeping({ ...parts, logger, storage: { ...working, chunks } });

    for (let runs = 0; runs < 3; runs += 1) await housekeeping.run(signal);
    Object.assign(chunks, working.chunks);
    for (let runs = 0; runs < 3; runs += 1) await housekeeping.run(signal);

    expect(told.map((line) => JSON.parse(line) as object)).toMatchObject([
      { component: 'housekeeping', msg: 'database is away' },
      { component: 'housekeeping', msg: 'database is back' },
    ]);
  });

  it('that always fails does not keep leases from expiring', async () => {
    const queue = await testQueue(withoutPruning(await sqlite()));
    onTestFinished(() => queue[Symbol.asyncDispose]());
    const housekeeping = createHousekeeping({ ...parts, storage: queue.storage });
    const task = await queue.addTask();
    await queue.sweep.run();
    await queue.poll(await queue.addWorker());

    for (let passed = 0; passed < 90; passed += 5) {
      queue.clock.advance(5_000);
      await Promise.all([queue.sweep.run(), housekeeping.run(signal)]);
    }

    expect(await queue.storage.tasks.find({ id: task.id })).toMatchObject({ status: 'pending' });
  });
});

const parts = { logger: testLogger, meters: noMeters, retention: { days: 1 } };

async function sqlite(): Promise<Storage> {
  const test = await testSqliteStorage();
  onTestFinished(() => test[Symbol.asyncDispose]());
  return test.storage;
}

function withoutPruning(storage: Storage): Storage {
  return { ...storage, chunks: { ...storage.chunks, prune: away } };
}

const away: ChunkStore['prune'] = async () => {
  throw new StorageUnavailable('the statement took too long');
};

async function endedSession({ keys, sessions }: Storage): Promise<string> {
  const key = { id: newId('key'), role: 'admin', name: 'k', hash: 'key', createdAt: 0 } as const;
  await keys.create(key);
  await sessions.create({ hash: 'session', keyId: key.id, createdAt: 0, expiresAt: 1 });
  return 'session';
}
