import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { createGit, GitFailed } from './git.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-git-'));
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

test('a command that takes too long, or tells too much, fails and is ended', async () => {
  const git = createGit({ searchPath, home: folder });
  const sleeping = git.run({ args: ['-c', 'alias.wait=!sleep 60', 'wait'], cwd: folder, timeoutMs: 200 });
  const telling = git.list({ args: ['-c', 'alias.tell=!yes', 'tell'], cwd: folder }, 1_000);

  await Promise.all([
    expect(sleeping).rejects.toThrow(/timed out/),
    expect(telling).rejects.toBeInstanceOf(GitFailed),
  ]);
});
