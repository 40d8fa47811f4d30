import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { readIfThere } from './absence.ts';

const folder = mkdtempSync(join(tmpdir(), 'verve-absence-'));

afterAll(() => rmSync(folder, { recursive: true }));

test('a file that is not there is undefined, whatever of its path is missing', async () => {
  writeFileSync(join(folder, 'file'), 'text');

  expect(await readIfThere(join(folder, 'file'))).toBe('text');
  expect(await readIfThere(join(folder, 'none'))).toBeUndefined();
  expect(await readIfThere(join(folder, 'file', 'below'))).toBeUndefined();
});

test('one that cannot be read is an error', async () => {
  await expect(readIfThere(folder)).rejects.toThrow('EISDIR');
});
