import { describe, expect, it, onTestFinished } from 'vitest';

import { sha256 } from './digest.ts';
import { ensureAdminKey } from './first-start.ts';
import type { Storage } from './storage/storage.ts';
import { testReplicas } from './testing/replicas.ts';
import { testSqliteStorage } from './testing/storage.ts';

const clock = { now: () => 1_000 };

describe('the first start', () => {
  it('makes one admin key, however many servers start at once', async () => {
    const test = await testReplicas();
    onTestFinished(() => test[Symbol.asyncDispose]());
    const servers = Array.from({ length: 5 }, () => test.storages).flat();
    // With their connections open, so that all look before one has written.
    await Promise.all(servers.map(({ keys }) => keys.list()));

    const made = await Promise.all(servers.map((storage) => ensureAdminKey(storage, clock, undefined)));

    const shown = made.filter((key) => key !== undefined);
    expect(shown).toHaveLength(1);
    expect(await hashesOf(test.storages[0])).toEqual(shown.map(sha256));
  });

  it('makes another one when all that there are have expired', async () => {
    const storage = await sqlite();
    const expired = { id: 'key_1', role: 'admin', name: 'a', hash: 'a', createdAt: 0 } as const;
    await storage.keys.create({ ...expired, expiresAt: 1_000 });

    expect(await ensureAdminKey(storage, clock, undefined)).toMatch(/^verve_/);
    expect(await ensureAdminKey(storage, clock, undefined)).toBeUndefined();
  });

  it('takes the key that is given and shows none', async () => {
    const storage = await sqlite();

    expect(await ensureAdminKey(storage, clock, 'a-key-of-some-length')).toBeUndefined();
    expect(await ensureAdminKey(storage, clock, 'a-key-of-some-length')).toBeUndefined();
    expect(await hashesOf(storage)).toEqual([sha256('a-key-of-some-length')]);
  });
});

async function sqlite(): Promise<Storage> {
  const test = await testSqliteStorage();
  onTestFinished(() => test[Symbol.asyncDispose]());
  return test.storage;
}

async function hashesOf({ keys }: Storage): Promise<string[]> {
  return (await keys.list()).map(({ hash }) => hash);
}
