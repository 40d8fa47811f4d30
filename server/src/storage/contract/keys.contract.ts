import { newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import type { KeyRecord } from '../records.ts';
import { NameTaken } from '../storage.ts';
import type { OpenStorage } from './open-storage.ts';
import { now, sampleKey, sampleProject } from './samples.ts';

/** What every KeyStore and SessionStore does. */
export function describeKeys(open: OpenStorage): void {
  describe('keys', () => {
    let opened: TestStorage;
    const project = sampleProject();
    beforeAll(async () => {
      opened = await open();
      await opened.storage.projects.create(project);
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a key is found by its hash as it was made', async () => {
      const { keys } = opened.storage;
      const key = sampleKey(project.id, { role: 'worker', expiresAt: now + 1 });
      await keys.create(key);

      expect(await keys.findByHash(key.hash)).toEqual(key);
      expect(await keys.findByHash('a hash of no key')).toBeUndefined();
    });

    test("an admin's key has no project and does not expire", async () => {
      const { keys } = opened.storage;
      const key = sampleKey(project.id, { role: 'admin', projectId: undefined });
      await keys.create(key);

      const found = await keys.findByHash(key.hash);

      expect(found).toEqual(key);
      expect(found?.projectId).toBeUndefined();
      expect(found?.expiresAt).toBeUndefined();
    });

    test('a hash that is taken is refused and the first key stays', async () => {
      const { keys } = opened.storage;
      const first = sampleKey(project.id);
      await keys.create(first);

      await expect(
        keys.create(sampleKey(project.id, { hash: first.hash, role: 'worker' })),
      ).rejects.toBeInstanceOf(NameTaken);

      expect(await keys.findByHash(first.hash)).toEqual(first);
    });

    test('the list is by creation, of one project or of all', async () => {
      const { keys, projects } = opened.storage;
      const other = sampleProject();
      await projects.create(other);
      const late = sampleKey(other.id, { createdAt: now + 2 });
      const early = sampleKey(other.id, { createdAt: now + 1 });
      await keys.create(late);
      await keys.create(early);
      await keys.create(sampleKey(project.id));

      expect(await keys.list(other.id)).toEqual([early, late]);

      const all = (await keys.list()).map(({ id }) => id);
      expect(all).toEqual(expect.arrayContaining([early.id, late.id]));
      expect(all.length).toBeGreaterThan(2);
    });

    test('a removed key is gone, once', async () => {
      const { keys } = opened.storage;
      const key = sampleKey(project.id);
      await keys.create(key);

      expect(await keys.remove(key.id, now)).toBe('removed');

      expect(await keys.remove(key.id, now)).toBe('absent');
      expect(await keys.findByHash(key.hash)).toBeUndefined();
    });
  });

  describe('keys of admins', () => {
    const admin = (expiresAt?: number): KeyRecord =>
      sampleKey('', { role: 'admin', projectId: undefined, expiresAt });

    test.each([
      ['when it is the only one', { key: admin(), others: [] }, 'lastAdmin'],
      ['when the other one ends', { key: admin(), others: [admin(now + 9)] }, 'lastAdmin'],
      ['when the other one ends before it', { key: admin(now + 9), others: [admin(now + 8)] }, 'lastAdmin'],
      ['when the other one ends after it', { key: admin(now + 8), others: [admin(now + 9)] }, 'removed'],
      ['when the other one does not end', { key: admin(now + 9), others: [admin()] }, 'removed'],
      ['when it has ended', { key: admin(now), others: [] }, 'removed'],
    ])('one is removed or kept %s', async (_, { key, others }, expected) => {
      await using own = await open();
      const { keys } = own.storage;
      for (const each of [key, ...others]) await keys.create(each);

      expect(await keys.remove(key.id, now)).toBe(expected);
      expect(await keys.findByHash(key.hash)).toEqual(expected === 'removed' ? undefined : key);
    });

    test('of those that remove each other at once one is left', async () => {
      await using own = await open();
      const { keys } = own.storage;
      const admins = Array.from({ length: 8 }, () => admin());
      for (const each of admins) await keys.create(each);

      const removed = await Promise.all(admins.map(({ id }) => keys.remove(id, now)));

      expect(removed.filter((result) => result === 'lastAdmin')).toHaveLength(1);
      expect(await keys.list()).toHaveLength(1);
    });

    test('the first one is made once', async () => {
      await using own = await open();
      const { keys } = own.storage;
      await keys.create(admin(now));
      const admins = Array.from({ length: 8 }, () => admin());

      const made = await Promise.all(admins.map((each) => keys.createFirstAdmin(each)));

      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await keys.list()).toHaveLength(2);
      expect(await keys.createFirstAdmin(admin())).toBe(false);
    });
  });

  describe('sessions', () => {
    let opened: TestStorage;
    const project = sampleProject();
    beforeAll(async () => {
      opened = await open();
      await opened.storage.projects.create(project);
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a session is found with its key, expired or not', async () => {
      const { keys, sessions } = opened.storage;
      const key = sampleKey(project.id);
      const session = { hash: `session ${key.id}`, keyId: key.id, createdAt: 1, expiresAt: 2 };
      await keys.create(key);
      await sessions.create(session);

      expect(await sessions.find(session.hash)).toEqual({ session, key });
      expect(await sessions.find('no session')).toBeUndefined();
    });

    test('a session ends with its key', async () => {
      const { keys, sessions } = opened.storage;
      const key = sampleKey(project.id);
      const session = { hash: `session ${key.id}`, keyId: key.id, createdAt: now, expiresAt: now + 1 };
      await keys.create(key);
      await sessions.create(session);

      await keys.remove(key.id, now);

      expect(await sessions.find(session.hash)).toBeUndefined();
    });

    test('a session of a key that was removed meanwhile never begins', async () => {
      const { sessions } = opened.storage;
      const session = { hash: 'orphan', keyId: newId('key'), createdAt: now, expiresAt: now + 1 };

      await sessions.create(session);

      expect(await sessions.find(session.hash)).toBeUndefined();
    });

    test('a removed session is gone; removing it again is nothing', async () => {
      const { keys, sessions } = opened.storage;
      const key = sampleKey(project.id);
      const session = { hash: `session ${key.id}`, keyId: key.id, createdAt: now, expiresAt: now + 1 };
      await keys.create(key);
      await sessions.create(session);

      await sessions.remove(session.hash);
      await sessions.remove(session.hash);

      expect(await sessions.find(session.hash)).toBeUndefined();
    });

    test('only expired sessions are swept', async () => {
      const { keys, sessions } = opened.storage;
      const key = sampleKey(project.id);
      await keys.create(key);
      const [over, open_] = ['over', 'open'].map((name) => `${name} ${key.id}`);
      await sessions.removeExpired(now);
      await sessions.create({ hash: String(over), keyId: key.id, createdAt: 1, expiresAt: now });
      await sessions.create({ hash: String(open_), keyId: key.id, createdAt: 1, expiresAt: now + 1 });

      expect(await sessions.removeExpired(now)).toBe(1);

      expect(await sessions.find(String(over))).toBeUndefined();
      expect(await sessions.find(String(open_))).toBeDefined();
    });
  });
}
