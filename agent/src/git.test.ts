import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';

import { afterAll, expect, test, vi } from 'vitest';

import { createGit, GitFailed } from './git.ts';
import { isRunning } from './testing/process-look.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-git-'));
const patience = { timeout: 20_000 };
const searchPath = process.env['PATH'] ?? '';

afterAll(() => rmSync(folder, { recursive: true }));

test('a relative folder of PATH, which may be in a tree, is not where git is looked for', async () => {
  const trace = join(folder, 'trace');
  writeFileSync(join(folder, 'git'), `#!/bin/sh\ntouch ${trace}\n`);
  chmodSync(join(folder, 'git'), 0o755);
  const path = [relative(process.cwd(), folder), searchPath].join(delimiter);

  const version = await createGit({ searchPath: path, home: folder }).run({ args: ['version'], cwd: folder });

  expect(version).toMatch(/^git version/);
  expect(existsSync(trace)).toBe(false);
});

test('no git is a sentence', () => {
  expect(() => createGit({ searchPath: folder + '/none', home: folder })).toThrow('there is no git on PATH');
});

test('a repository in a folder above is not found', async () => {
  const git = createGit({ searchPath, home: folder });
  await git.run({ args: ['init', '--quiet'], cwd: folder });
  const inner = mkdtempSync(join(folder, 'inner-'));

  expect(await git.ask({ args: ['rev-parse', '--git-dir'], cwd: inner })).toBeUndefined();
});

test('a command that takes too long fails', async () => {
  const git = createGit({ searchPath, home: folder });

  const ran = git.run({ args: ['-c', 'alias.wait=!sleep 3600', 'wait'], cwd: folder, timeoutMs: 200 });

  await expect(ran).rejects.toThrow(/timed out/);
});

async function pidIn(file: string): Promise<number> {
  await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\n/), patience);
  return Number(readFileSync(file, 'utf8'));
}

test('a command that is stopped fails, and what it started is ended', async () => {
  const git = createGit({ searchPath, home: folder });
  const file = join(folder, 'sleeping');
  const stop = new AbortController();
  const wait = `alias.wait=!echo $$ > ${file}; exec sleep 3600`;
  const ran = git.run({ args: ['-c', wait, 'wait'], cwd: folder, signal: stop.signal });
  // Looked at below; until then nobody waits for it.
  ran.catch(() => undefined);
  const pid = await pidIn(file);

  stop.abort();

  await expect(ran).rejects.toBeInstanceOf(GitFailed);
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), patience);
});

test('a command that tells too much fails, and what it started is ended', async () => {
  const git = createGit({ searchPath, home: folder });
  const file = join(folder, 'telling');
  const tell = `alias.tell=!echo $$ > ${file}; trap '' PIPE; while :; do echo y; done`;

  await expect(git.list({ args: ['-c', tell, 'tell'], cwd: folder }, 1_000)).rejects.toThrow(
    'more to tell than is taken',
  );

  const pid = await pidIn(file);
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), patience);
});
