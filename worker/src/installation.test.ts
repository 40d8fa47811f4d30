import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { holdInstallation } from './installation.ts';
import { describeProcess, isAlive, machineOf } from './process-identity.ts';
import { silent, temporaryFolder } from './testing/run.ts';

const never = new AbortController().signal;

test('a second process waits until the first lets go', async () => {
  await using folder = temporaryFolder();
  const first = await holdInstallation(folder.path, silent, never);
  let isIn = false;

  const second = holdInstallation(folder.path, silent, never).then((held) => {
    isIn = true;
    return held;
  });
  await vi.waitFor(() => expect(readdirSync(folder.path).join()).toContain(`worker.lock.${process.pid}`));
  expect(isIn).toBe(false);
  await first[Symbol.asyncDispose]();

  await using held = await second;
  expect(held.instance).toBe(first.instance);
});

test('a process that died holds nothing, though its number may be in use again', async () => {
  await using folder = temporaryFolder();
  const recycled = { ...describeProcess(process.pid), startedAt: '1', machine: machineOf(), host: 'here' };
  writeFileSync(join(folder.path, 'worker.lock'), JSON.stringify(recycled));

  await using held = await holdInstallation(folder.path, silent, never);

  expect(held.instance).not.toBe('');
});

test('an identity that cannot be read is an error and stays, and nobody is kept out', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'instance');
  mkdirSync(path);

  await expect(holdInstallation(folder.path, silent, never)).rejects.toThrow('EISDIR');

  expect(readdirSync(folder.path)).toEqual(['instance']);
});

test('an identity that a crash left empty is made anew, and stays', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'instance');
  writeFileSync(path, '');

  await using held = await holdInstallation(folder.path, silent, never);

  expect(held.instance).toMatch(/^[0-9a-f-]{36}$/);
  expect(readFileSync(path, 'utf8')).toBe(held.instance);
});

test('a process is alive until it has ended', async () => {
  const child = spawn('sleep', ['1000']);
  await once(child, 'spawn');
  const identity = describeProcess(child.pid ?? 0);
  expect(isAlive(identity)).toBe(true);

  child.kill('SIGKILL');
  await once(child, 'exit');

  expect(isAlive(identity)).toBe(false);
});

test("another user's process is alive, though it takes no signal", () => {
  const module = JSON.stringify(join(import.meta.dirname, 'process-identity.ts'));
  const script = `import { describeProcess, isAlive } from ${module};
    process.stdout.write(String(isAlive(describeProcess(1))));`;
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

  const told = spawnSync(process.execPath, ['--input-type=module', '--eval', script], nobody);

  expect(told.stdout.toString()).toBe('true');
});
