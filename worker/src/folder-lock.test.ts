import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { lockFolder, type LockOptions } from './folder-lock.ts';
import { describeProcess } from './process-identity.ts';
import { silent, temporaryFolder } from './testing/run.ts';

const never = new AbortController().signal;

function optionsOf(folder: string, silentMs = 60_000): LockOptions {
  return { folder, times: { beatMs: 20, silentMs }, logger: silent };
}

/** A lock of a machine whose processes cannot be looked at. */
function writeForeignLock(folder: string): string {
  const lock = join(folder, 'worker.lock');
  const holder = { ...describeProcess(process.pid), bootId: 'other', machine: 'other', host: 'elsewhere' };
  writeFileSync(lock, JSON.stringify(holder));
  return lock;
}

test('a holder elsewhere holds the folder while it shows life, though no such process is here', async () => {
  await using folder = temporaryFolder();
  const lock = writeForeignLock(folder.path);
  const held = lockFolder(optionsOf(folder.path, 1_000), never);
  let isIn = false;
  void held.then(() => (isIn = true));

  let beats = 0;
  await vi.waitFor(
    () => {
      utimesSync(lock, new Date(), new Date(Date.now() + beats++));
      expect(beats).toBeGreaterThan(30);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(isIn).toBe(false);

  await using own = await held;
  expect(own.lost.aborted).toBe(false);
  expect(readFileSync(lock, 'utf8')).toContain(`"pid":${process.pid}`);
});

test('a lock that a crash cut off holds nothing', async () => {
  await using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'worker.lock'), '{"pid":');

  await using own = await lockFolder(optionsOf(folder.path), never);

  expect(own.lost.aborted).toBe(false);
});

test('a holder learns that another one has taken the folder over, and leaves the lock to it', async () => {
  await using folder = temporaryFolder();
  const own = await lockFolder(optionsOf(folder.path), never);
  const lock = writeForeignLock(folder.path);

  await vi.waitFor(() => expect(own.lost.aborted).toBe(true), 10_000);
  await own[Symbol.asyncDispose]();

  expect(readFileSync(lock, 'utf8')).toContain('elsewhere');
});

test('waiting ends with its signal', async () => {
  await using folder = temporaryFolder();
  writeForeignLock(folder.path);
  const stop = new AbortController();

  const held = lockFolder(optionsOf(folder.path), stop.signal);
  stop.abort(new Error('enough'));

  await expect(held).rejects.toThrow('aborted');
});
