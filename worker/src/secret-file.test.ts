import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readLoginFile, readVariableFile } from './secret-file.ts';
import { temporaryFolder } from './testing/run.ts';

test('a variable is the text of its file without the line breaks at its end', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'secret');

  writeFileSync(path, 'two\nlines \r\n');
  expect(await readVariableFile(path)).toEqual({ value: 'two\nlines ' });
  writeFileSync(path, '\n');
  expect(await readVariableFile(path)).toEqual({ problem: `is empty: ${path}` });
  writeFileSync(path, 'a\0b');
  expect(await readVariableFile(path)).toEqual({ problem: `is no text: ${path}` });
});

test('a token is one line of text without white space around it', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'token');

  writeFileSync(path, ' t0ken \n\n');
  expect(await readLoginFile(path)).toEqual({ value: 't0ken' });
  writeFileSync(path, ' \n');
  expect(await readLoginFile(path)).toEqual({ problem: `is empty: ${path}` });
  writeFileSync(path, 'two\nlines\n');
  expect(await readLoginFile(path)).toEqual({ problem: `must hold one line of text: ${path}` });
  writeFileSync(path, 'a\u007fb');
  expect(await readLoginFile(path)).toEqual({ problem: `must hold one line of text: ${path}` });
  expect(await readLoginFile(join(folder.path, 'missing'))).toMatchObject({
    problem: expect.stringContaining('cannot be read: ENOENT') as string,
  });
});
