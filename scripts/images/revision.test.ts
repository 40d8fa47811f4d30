import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { readRevision } from './revision.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verve-revision-'));
  writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3" }');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: string[]): string {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@verve.invalid'];
  return execFileSync('git', ['-C', folder, ...who, ...args], { encoding: 'utf8' }).trim();
}

test('a clean tree is its commit', () => {
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Begin');

  expect(readRevision(folder)).toEqual({ version: '1.2.3', commit: git('rev-parse', 'HEAD') });
});

test('a file that git does not have yet makes the tree dirty', () => {
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'Begin');
  writeFileSync(join(folder, 'new.ts'), '');

  expect(readRevision(folder).commit).toBe(`${git('rev-parse', 'HEAD')}-dirty`);
});

test('outside of a repository the commit is unknown', () => {
  expect(readRevision(folder)).toEqual({ version: '1.2.3', commit: 'unknown' });
});
