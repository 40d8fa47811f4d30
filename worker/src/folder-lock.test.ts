import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { lockFolder, type LockOptions } from './folder-lock.ts';
import { describeProcess, machineOf } from './process-identity.ts';
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

  await expect(held).rejects.toThrow(/aborted|enough/);
});

test('a holder that stood still until its end leaves the lock of who took the folder over', async () => {
  await using folder = temporaryFolder();
  const slow = { ...optionsOf(folder.path), times: { beatMs: 60_000, silentMs: 60_000 } };
  const own = await lockFolder(slow, never);
  const lock = writeForeignLock(folder.path);

  await own[Symbol.asyncDispose]();

  expect(readFileSync(lock, 'utf8')).toContain('elsewhere');
});

test('a holder whose lock file was removed says that, and not that there is another worker', async () => {
  await using folder = temporaryFolder();
  await using own = await lockFolder(optionsOf(folder.path), never);

  rmSync(join(folder.path, 'worker.lock'));

  await vi.waitFor(() => expect(own.lost.aborted).toBe(true), 10_000);
  expect(own.lost.reason).toEqual(
    new Error('the lock file of the data folder is gone: somebody has removed it'),
  );
});

test.each([
  ['a link to nowhere', (lock: string) => symlinkSync('nowhere', lock), 'ELOOP'],
  ['a folder', (lock: string) => mkdirSync(lock), 'EISDIR'],
])('%s in the place of the lock is an error, and not tried for ever', async (_what, plant, code) => {
  await using folder = temporaryFolder();
  plant(join(folder.path, 'worker.lock'));

  await expect(lockFolder(optionsOf(folder.path), never)).rejects.toThrow(code);
});

test('a stale lock that cannot be moved away is an error, and not tried for ever', async () => {
  await using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'worker.lock'), '{"pid":');
  // The name that it would be moved to, from the name of this process's own file.
  const own = `worker.lock.${process.pid}.${machineOf() ?? ''}`.replaceAll(/[^\w./-]/g, '-');
  mkdirSync(join(folder.path, `${own}.stale`));

  await expect(lockFolder(optionsOf(folder.path), never)).rejects.toThrow('EISDIR');
});

test('a signal ends the wait at once, also one that was there before', async () => {
  await using folder = temporaryFolder();

  await expect(lockFolder(optionsOf(folder.path), AbortSignal.abort())).rejects.toThrow('aborted');

  expect(readdirSync(folder.path)).toEqual([]);
});
