import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from './testing/run.ts';
import { writeWhole } from './whole-file.ts';

test('a file is replaced whole, is for its owner alone and leaves nothing beside it', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'file');

  await writeWhole(path, 'a long first text');
  await writeWhole(path, 'second');

  expect(readFileSync(path, 'utf8')).toBe('second');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path)).toEqual(['file']);
});

test('a file that cannot be put in its place leaves nothing beside it', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'taken');
  mkdirSync(path);

  await expect(writeWhole(path, 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);

  expect(readdirSync(folder.path)).toEqual(['taken']);
});
